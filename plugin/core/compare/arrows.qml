<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis styleCategories="Symbology" version="3.40.6-Bratislava">
  <renderer-v2 enableorderby="0" symbollevels="0" referencescale="-1" type="RuleRenderer" forceraster="0">
    <rules>
      <rule label="" filter="&quot;kept&quot; AND floor(($x - @WEST@) / @SPACING@) % max(1, ceil(0.006 * @map_scale / @SPACING@)) = 0 AND floor((@NORTH@ - $y) / @SPACING@) % max(1, ceil(0.006 * @map_scale / @SPACING@)) = 0" symbol="0"/>
      <rule label="" filter="NOT &quot;kept&quot; AND floor(($x - @WEST@) / @SPACING@) % max(1, ceil(0.006 * @map_scale / @SPACING@)) = 0 AND floor((@NORTH@ - $y) / @SPACING@) % max(1, ceil(0.006 * @map_scale / @SPACING@)) = 0" symbol="1"/>
    </rules>
    <symbols>
      <symbol is_animated="0" alpha="1" frame_rate="10" force_rhr="0" clip_to_extent="1" name="0" type="marker">
        <layer enabled="1" locked="0" pass="0" class="VectorField">
          <Option type="Map">
            <Option value="0" name="angle_orientation" type="QString"/>
            <Option value="0" name="angle_units" type="QString"/>
            <Option value="MM" name="distance_unit" type="QString"/>
            <Option value="0,0" name="offset" type="QString"/>
            <Option value="MM" name="offset_unit" type="QString"/>
            <Option value="@SCALE@" name="scale" type="QString"/>
            <Option value="2" name="size" type="QString"/>
            <Option value="MM" name="size_unit" type="QString"/>
            <Option value="0" name="vector_field_type" type="QString"/>
            <Option value="dx_m" name="x_attribute" type="QString"/>
            <Option value="dy_m" name="y_attribute" type="QString"/>
          </Option>
          <symbol is_animated="0" alpha="1" frame_rate="10" force_rhr="0" clip_to_extent="1" name="@0@0" type="line">
            <layer enabled="1" locked="0" pass="0" class="ArrowLine">
              <Option type="Map">
                <Option value="0.1" name="arrow_start_width" type="QString"/>
                <Option value="MM" name="arrow_start_width_unit" type="QString"/>
                <Option value="0" name="arrow_type" type="QString"/>
                <Option value="0.35" name="arrow_width" type="QString"/>
                <Option value="MM" name="arrow_width_unit" type="QString"/>
                <Option value="1.6" name="head_length" type="QString"/>
                <Option value="MM" name="head_length_unit" type="QString"/>
                <Option value="0.9" name="head_thickness" type="QString"/>
                <Option value="MM" name="head_thickness_unit" type="QString"/>
                <Option value="0" name="head_type" type="QString"/>
                <Option value="0" name="is_curved" type="QString"/>
                <Option value="1" name="is_repeated" type="QString"/>
                <Option value="0" name="offset" type="QString"/>
                <Option value="MM" name="offset_unit" type="QString"/>
                <Option value="0" name="ring_filter" type="QString"/>
              </Option>
              <symbol is_animated="0" alpha="1" frame_rate="10" force_rhr="0" clip_to_extent="1" name="@@0@0@0" type="fill">
                <layer enabled="1" locked="0" pass="0" class="SimpleFill">
                  <Option type="Map">
                    <Option value="11,110,143,255" name="color" type="QString"/>
                    <Option value="bevel" name="joinstyle" type="QString"/>
                    <Option value="0,0" name="offset" type="QString"/>
                    <Option value="MM" name="offset_unit" type="QString"/>
                    <Option value="35,35,35,255" name="outline_color" type="QString"/>
                    <Option value="no" name="outline_style" type="QString"/>
                    <Option value="0.26" name="outline_width" type="QString"/>
                    <Option value="MM" name="outline_width_unit" type="QString"/>
                    <Option value="solid" name="style" type="QString"/>
                  </Option>
                </layer>
              </symbol>
            </layer>
          </symbol>
        </layer>
      </symbol>
      <symbol is_animated="0" alpha="1" frame_rate="10" force_rhr="0" clip_to_extent="1" name="1" type="marker">
        <layer enabled="1" locked="0" pass="0" class="SimpleMarker">
          <Option type="Map">
            <Option value="0" name="angle" type="QString"/>
            <Option value="square" name="cap_style" type="QString"/>
            <Option value="196,87,27,255" name="color" type="QString"/>
            <Option value="1" name="horizontal_anchor_point" type="QString"/>
            <Option value="bevel" name="joinstyle" type="QString"/>
            <Option value="cross2" name="name" type="QString"/>
            <Option value="0,0" name="offset" type="QString"/>
            <Option value="MM" name="offset_unit" type="QString"/>
            <Option value="196,87,27,255" name="outline_color" type="QString"/>
            <Option value="solid" name="outline_style" type="QString"/>
            <Option value="0.2" name="outline_width" type="QString"/>
            <Option value="MM" name="outline_width_unit" type="QString"/>
            <Option value="diameter" name="scale_method" type="QString"/>
            <Option value="1.2" name="size" type="QString"/>
            <Option value="MM" name="size_unit" type="QString"/>
            <Option value="1" name="vertical_anchor_point" type="QString"/>
          </Option>
        </layer>
      </symbol>
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerGeometryType>0</layerGeometryType>
</qgis>
