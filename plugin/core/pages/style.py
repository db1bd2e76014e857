"""How the report looks: light on screen and on paper, narrow and wide."""

from __future__ import annotations

from .charts import ACCENT, INK, LINE, QUIET, WARM

STYLE = f"""
@page {{ size: A4; margin: 14mm }}
* {{ box-sizing: border-box }}
body {{ margin: 0; background: #eef2f3; color: {INK}; font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif }}
main {{ max-width: 1080px; margin: 0 auto; padding: 0 24px 48px }}
header {{ padding: 40px 0 20px }}
h1 {{ font-size: 32px; line-height: 1.15; margin: 0; letter-spacing: -.5px }}
h2 {{ font-size: 20px; margin: 0 0 4px }}
header p, .lead {{ color: {QUIET}; margin: 4px 0 14px; max-width: 75ch }}
section {{ background: #fff; border-radius: 12px; padding: 22px 26px; margin: 18px 0; break-inside: avoid;
 box-shadow: 0 1px 3px #1d2b3314 }}
.figures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 12px }}
.figure {{ background: #fff; border-radius: 12px; padding: 14px 12px; box-shadow: 0 1px 3px #1d2b3314; border-top: 4px solid {ACCENT} }}
.figure.alert {{ border-color: {WARM} }}
.figure b {{ display: block; font-size: 19px; white-space: nowrap; line-height: 1.2; letter-spacing: -.5px }}
.figure span {{ color: {QUIET}; font-size: 13px }}
.maps {{ display: grid; grid-template-columns: 1fr 1fr; gap: 20px; align-items: start }}
figure {{ margin: 0 }} figcaption {{ color: {QUIET}; font-size: 13px; margin-top: 6px }}
svg {{ width: 100%; height: auto; display: block; font-family: inherit }}
.small {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 14px }}
table {{ border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }}
th {{ text-align: left; font-weight: 600; border-bottom: 2px solid {LINE}; padding: 5px 8px; white-space: nowrap }}
td {{ border-bottom: 1px solid {LINE}; padding: 5px 8px; vertical-align: top }}
td.n, th.n {{ text-align: right }} td small {{ color: {QUIET}; display: block }}
td.id {{ word-break: break-all; min-width: 150px }}
.wide {{ overflow-x: auto }} svg + .wide {{ margin-top: 14px }}
.swatch {{ display: inline-block; min-width: 26px; padding: 0 6px; border-radius: 5px; text-align: center;
 font-weight: 600; border: 1px solid #0003 }}
.pair {{ display: grid; grid-template-columns: 1fr 1fr; gap: 20px }}
h3.product {{ font-size: 14px; margin: 14px 0 6px }}
.keys {{ display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 6px; color: {QUIET}; font-size: 13px }}
.keys i {{ display: inline-block; width: 11px; height: 11px; border-radius: 3px; border: 1px solid #0002; margin-right: 6px }}
code {{ font-size: 12px; word-break: break-all }}
footer {{ color: {QUIET}; font-size: 13px; padding: 8px 2px }}
@media (max-width: 760px) {{ .maps, .pair {{ grid-template-columns: 1fr }} }}
@media print {{ body {{ background: #fff }} main {{ padding: 0; max-width: none }}
 section, .figure {{ box-shadow: none; border: 1px solid {LINE} }}
 .wide {{ overflow: visible }} * {{ print-color-adjust: exact; -webkit-print-color-adjust: exact }} }}
"""
