<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="nb" sourcelanguage="en">
<context>
    <name>Skyfri</name>
    <message>
        <source>16 bit, as measured</source>
        <translation>16 bit, som målt</translation>
    </message>
    <message>
        <source>16 bit, reflectance × 10 000</source>
        <translation>16 bit, reflektans × 10 000</translation>
    </message>
    <message>
        <source>2023-06-01/2023-09-15, either end .. where it is open; empty takes all scenes.</source>
        <translation>2023-06-01/2023-09-15, med .. for en åpen ende; tomt tar med alle scener.</translation>
    </message>
    <message>
        <source>8 bit</source>
        <translation>8 bit</translation>
    </message>
    <message>
        <source>8 bit, blended for the eye</source>
        <translation>8 bit, med myke overganger for øyet</translation>
    </message>
    <message>
        <source>95 % intervals, squares of 5 km drawn anew: {intervals}.</source>
        <translation>95 %-intervaller, med ruter på 5 km trukket på nytt: {intervals}.</translation>
    </message>
    <message>
        <source>A Cloud Optimized GeoTIFF of reflectance x 10000, 0 where no date is clear.</source>
        <translation>En Cloud Optimized GeoTIFF med reflektans x 10000, 0 der ingen dato er klar.</translation>
    </message>
    <message>
        <source>A GeoPackage, or a shapefile where the name ends in .shp; fields scene and class.</source>
        <translation>En GeoPackage, eller en shapefil når navnet slutter på .shp; feltene scene og class.</translation>
    </message>
    <message>
        <source>A GeoTIFF with a band per class, 0 to 250 for 0 to 1, 255 for no data.</source>
        <translation>En GeoTIFF med ett bånd per klasse, 0 til 250 for 0 til 1, 255 for ingen data.</translation>
    </message>
    <message>
        <source>A GeoTIFF: 0 clear, 1 cloud, 2 shadow, 255 no data; its second band tells what each pixel was drawn from.</source>
        <translation>En GeoTIFF: 0 klart, 1 sky, 2 skygge, 255 ingen data; det andre båndet forteller hva hver piksel ble tegnet ut fra.</translation>
    </message>
    <message>
        <source>A JSON file of the gain and offset of each scene and band; give it as BALANCE_FILE to make another part alike.</source>
        <translation>En JSON-fil med forsterkning og tillegg for hver scene og hvert bånd; oppgi den som BALANCE_FILE for å lage en annen del lik.</translation>
    </message>
    <message>
        <source>A JSON file that catalogues read: extent, bands, dates and the products the mosaic was made of.</source>
        <translation>En JSON-fil som kataloger leser: utstrekning, bånd, datoer og produktene mosaikken er laget av.</translation>
    </message>
    <message>
        <source>A JSON file with all that was found and measured; its names stay the same from version to version.</source>
        <translation>En JSON-fil med alt som ble funnet og målt; navnene er de samme fra versjon til versjon.</translation>
    </message>
    <message>
        <source>A SAFE folder or its zip, the MTD_MSIL1C.xml or MTD_MSIL2A.xml in it, a DTERRENGDATA folder, a folder of band files, a netCDF file, or a GeoTIFF whose bands are named B02, B03 and so on. A raster layer's name will do as well.</source>
        <translation>En SAFE-mappe eller zip-filen av den, MTD_MSIL1C.xml eller MTD_MSIL2A.xml i den, en DTERRENGDATA-mappe, en mappe med båndfiler, en netCDF-fil, eller en GeoTIFF der båndene heter B02, B03 og så videre. Navnet på et rasterlag går også.</translation>
    </message>
    <message>
        <source>A feature at (x, y) in A lies at (x + dx, y + dy) in B; dx is positive to the east, dy to the north.</source>
        <translation>Et objekt i (x, y) i A ligger i (x + dx, y + dy) i B; dx er positiv mot øst, dy mot nord.</translation>
    </message>
    <message>
        <source>A layer of the places to look at, each with what is wrong and the scenes on either side.</source>
        <translation>Et lag med stedene som bør ses på, hvert med hva som er galt og scenene på hver side.</translation>
    </message>
    <message>
        <source>A product's folder, zip or metadata file, a band stack, or any raster; the name of a raster layer will do as well.</source>
        <translation>Mappen, zip-filen eller metadatafilen til et produkt, en båndstabel eller et hvilket som helst raster; navnet på et rasterlag går også.</translation>
    </message>
    <message>
        <source>A projected coordinate reference system in metres; scenes of other systems are resampled into it.</source>
        <translation>Et projisert koordinatsystem i meter; scener i andre systemer omregnes til det.</translation>
    </message>
    <message>
        <source>A raster of 16 bits, such as the mosaic that skyfri:mosaic wrote.</source>
        <translation>Et raster på 16 bit, for eksempel mosaikken som skyfri:mosaic har skrevet.</translation>
    </message>
    <message>
        <source>A run that finds it renders only what changed since; empty keeps none once the mosaic is written.</source>
        <translation>En kjøring som finner den, lager bare det som er endret siden sist; tomt beholder ingen når mosaikken er skrevet.</translation>
    </message>
    <message>
        <source>A value of the raster, one per band as 300 250 200, or a percentile of its data such as 0.5%.</source>
        <translation>En verdi i rasteret, én per bånd som 300 250 200, eller en persentil av dataene, for eksempel 0.5%.</translation>
    </message>
    <message>
        <source>A workspace is one file that keeps the scenes, the cloud polygons and what you have reviewed.</source>
        <translation>Et arbeidsområde er én fil som tar vare på scenene, skypolygonene og det du har gjennomgått.</translation>
    </message>
    <message>
        <source>A {kind} is drawn only where a pixel is at least this probable, 0 to 1; higher finds fewer. Empty takes what the model's card states, which suits its probabilities.</source>
        <translation>En {kind} tegnes bare der en piksel er minst så sannsynlig, 0 til 1; høyere finner færre. Tomt tar det modellkortet oppgir, som passer til modellens sannsynligheter.</translation>
    </message>
    <message>
        <source>AREA {path} has no polygon or no coordinate reference system.</source>
        <translation>AREA {path} har ingen polygoner eller ikke noe koordinatsystem.</translation>
    </message>
    <message>
        <source>Across the view, median and NMAD, px</source>
        <translation>På tvers av synsretningen, median og NMAD, px</translation>
    </message>
    <message>
        <source>Add folder of scenes</source>
        <translation>Legg til mappe med scener</translation>
    </message>
    <message>
        <source>Add folder of scenes…</source>
        <translation>Legg til mappe med scener…</translation>
    </message>
    <message>
        <source>Add scene files</source>
        <translation>Legg til scenefiler</translation>
    </message>
    <message>
        <source>Add scene files…</source>
        <translation>Legg til scenefiler…</translation>
    </message>
    <message>
        <source>Agreement of the scenes</source>
        <translation>Hvor godt scenene stemmer overens</translation>
    </message>
    <message>
        <source>All dates of the tile.</source>
        <translation>Alle datoer i ruten.</translation>
    </message>
    <message>
        <source>All is well: every library is there and shares QGIS's own GEOS, PROJ and GDAL.</source>
        <translation>Alt er i orden: alle bibliotekene finnes og deler GEOS, PROJ og GDAL med QGIS.</translation>
    </message>
    <message>
        <source>All scenes</source>
        <translation>Alle scener</translation>
    </message>
    <message>
        <source>All scenes without polygons.</source>
        <translation>Alle scener uten polygoner.</translation>
    </message>
    <message>
        <source>All tiles are done.</source>
        <translation>Alle rutene er ferdige.</translation>
    </message>
    <message>
        <source>An address such as tcp://host:8786; its workers must see scenes and outputs under the same paths.</source>
        <translation>En adresse som tcp://host:8786; arbeiderne må se scener og resultater under de samme filstiene.</translation>
    </message>
    <message>
        <source>An elevation model that is too high moves what is seen towards the satellite, by the tangent of the zenith angle a metre.</source>
        <translation>En høydemodell som er for høy, flytter det som ses mot satellitten, med tangens til senitvinkelen per meter.</translation>
    </message>
    <message>
        <source>Any raster of heights in metres. With both models the report tells how much of the displacement their difference explains; both must count heights from the same level, geoid or ellipsoid.</source>
        <translation>Et hvilket som helst raster med høyder i meter. Med begge modellene forteller rapporten hvor mye av forskyvningen forskjellen mellom dem forklarer; begge må regne høyder fra samme nivå, geoide eller ellipsoide.</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>Bruk</translation>
    </message>
    <message>
        <source>Apply to the whole pass</source>
        <translation>Bruk på hele passeringen</translation>
    </message>
    <message>
        <source>Area</source>
        <translation>Areal</translation>
    </message>
    <message>
        <source>Area that was reviewed (empty: all)</source>
        <translation>Området som er gjennomgått (tomt: alt)</translation>
    </message>
    <message>
        <source>Asked for by dodging points ({count}), beyond these figures: {wishes}.</source>
        <translation>Bedt om med justeringspunkter ({count}), i tillegg til disse tallene: {wishes}.</translation>
    </message>
    <message>
        <source>Assembles scenes, highest priority first, without the pixels inside the cloud and shadow polygons of each scene, and balances their colours by what they show where they overlap. Every pixel comes from one date, unless holes are filled with a percentile of many; where no date is clear the mosaic stays empty and the report lists the hole. Writes a 16-bit mosaic of all bands and, if asked for, an 8-bit one for viewing with a blending of its own, the source scene, the date and the number of clear observations of each pixel, the seams, both mosaics in squares for download, and a report.</source>
        <translation>Setter sammen scener, høyest prioritet først, uten pikslene innenfor sky- og skyggepolygonene til hver scene, og balanserer fargene etter det de viser der de overlapper. Hver piksel kommer fra én dato, med mindre hull fylles med en persentil av mange; der ingen dato er skyfri, forblir mosaikken tom, og rapporten nevner hullet. Skriver en 16-bits-mosaikk med alle bånd og, om ønsket, en 8-bits til visning med egne overganger, kildescene, dato og antall skyfrie observasjoner for hver piksel, sømmene, begge mosaikkene i ruter for nedlasting, og en rapport.</translation>
    </message>
    <message>
        <source>At most {memory} MB of memory.</source>
        <translation>Høyst {memory} MB minne.</translation>
    </message>
    <message>
        <source>Balance</source>
        <translation>Fargebalanse</translation>
    </message>
    <message>
        <source>Balance of a former run</source>
        <translation>Fargebalanse fra en tidligere kjøring</translation>
    </message>
    <message>
        <source>Balanced accuracy</source>
        <translation>Balansert nøyaktighet</translation>
    </message>
    <message>
        <source>Band</source>
        <translation>Bånd</translation>
    </message>
    <message>
        <source>Band (name, or number in a raster)</source>
        <translation>Bånd (navn, eller nummer i et raster)</translation>
    </message>
    <message>
        <source>Band stack</source>
        <translation>Båndstabel</translation>
    </message>
    <message>
        <source>Bands (empty: the ten of 10 m and 20 m)</source>
        <translation>Bånd (tomt: de ti på 10 m og 20 m)</translation>
    </message>
    <message>
        <source>Bands by name or number, as red, green and blue</source>
        <translation>Bånd med navn eller nummer, som rødt, grønt og blått</translation>
    </message>
    <message>
        <source>Bands dx, dy and sigma in metres, a pixel for each square of points; empty where no point was kept.</source>
        <translation>Båndene dx, dy og sigma i meter, en piksel for hver rute av punkter; tomt der ingen punkter ble beholdt.</translation>
    </message>
    <message>
        <source>Bands of the 16-bit mosaic (empty: all that every scene has)</source>
        <translation>Bånd i 16-bits-mosaikken (tomt: alle som hver scene har)</translation>
    </message>
    <message>
        <source>Blend across seams of the 8-bit mosaic (pixels)</source>
        <translation>Overgang over sømmer i 8-bits-mosaikken (piksler)</translation>
    </message>
    <message>
        <source>Both mosaics once more as files of TILE_SIZE, and a layer of the squares that names them.</source>
        <translation>Begge mosaikkene en gang til som filer av størrelsen TILE_SIZE, og et lag med rutene som navngir dem.</translation>
    </message>
    <message>
        <source>Boundaries agree within (pixels)</source>
        <translation>Omriss stemmer overens innenfor (piksler)</translation>
    </message>
    <message>
        <source>Boundaries nearer to each other than this count as the same in the figure for boundaries.</source>
        <translation>Grenser som ligger nærmere hverandre enn dette, regnes som like i tallet for grenser.</translation>
    </message>
    <message>
        <source>Broad differences of light and haze are shared out over so many pixels on either side of a seam, edges and texture over two; 0 joins the 8-bit mosaic as the 16-bit one. Clouds and what they hide never enter.</source>
        <translation>Brede forskjeller i lys og dis fordeles over så mange piksler på hver side av en søm, kanter og tekstur over to; 0 skjøter 8-bits-mosaikken slik som 16-bits-mosaikken. Skyer og det de skjuler, kommer aldri med.</translation>
    </message>
    <message>
        <source>By scene</source>
        <translation>Scene for scene</translation>
    </message>
    <message>
        <source>CE90 about the median</source>
        <translation>CE90 om medianen</translation>
    </message>
    <message>
        <source>CE90, metres</source>
        <translation>CE90, meter</translation>
    </message>
    <message>
        <source>CRS (empty: that of the first scene)</source>
        <translation>Koordinatsystem (tomt: den første scenens)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Avbryt</translation>
    </message>
    <message>
        <source>Cancelled; nothing was changed.</source>
        <translation>Avbrutt; ingenting er endret.</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>Avbryter…</translation>
    </message>
    <message>
        <source>Check neighbouring tiles</source>
        <translation>Kontroller naboruter</translation>
    </message>
    <message>
        <source>Check the environment</source>
        <translation>Kontroller miljøet</translation>
    </message>
    <message>
        <source>Choose model, thresholds and sizes.</source>
        <translation>Velg modell, terskler og størrelser.</translation>
    </message>
    <message>
        <source>Choose order, extent, balance, seams and outputs.</source>
        <translation>Velg rekkefølge, utstrekning, fargebalanse, sømmer og resultater.</translation>
    </message>
    <message>
        <source>Circles hold 90 and 95 % of the points, the cross is the median; lines are medians.</source>
        <translation>Sirklene rommer 90 og 95 % av punktene, krysset er medianen; linjene er medianer.</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klasser</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Skyfritt</translation>
    </message>
    <message>
        <source>Clear observations</source>
        <translation>Skyfrie observasjoner</translation>
    </message>
    <message>
        <source>Close workspace</source>
        <translation>Lukk arbeidsområdet</translation>
    </message>
    <message>
        <source>Cloud</source>
        <translation>Sky</translation>
    </message>
    <message>
        <source>Cloud classes</source>
        <translation>Skyklasser</translation>
    </message>
    <message>
        <source>Cloud guidelines</source>
        <translation>Skyforslag</translation>
    </message>
    <message>
        <source>Cloud guidelines evaluated</source>
        <translation>Vurdering av skyutkastet</translation>
    </message>
    <message>
        <source>Cloud polygons</source>
        <translation>Skypolygoner</translation>
    </message>
    <message>
        <source>Cloud polygons (empty: the workspace's)</source>
        <translation>Skypolygoner (tomt: de i arbeidsområdet)</translation>
    </message>
    <message>
        <source>Cloud polygons (fields scene and class)</source>
        <translation>Skypolygoner (feltene scene og class)</translation>
    </message>
    <message>
        <source>Cloud probability {scene}</source>
        <translation>Skysannsynlighet {scene}</translation>
    </message>
    <message>
        <source>Cloud seed</source>
        <translation>Kjerne, sky</translation>
    </message>
    <message>
        <source>Cloud, neighbour</source>
        <translation>Sky, nabo</translation>
    </message>
    <message>
        <source>Cloud-free mosaic of {used} of {count} Sentinel-2 scenes</source>
        <translation>Skyfri mosaikk av {used} av {count} Sentinel-2-scener</translation>
    </message>
    <message>
        <source>Cloud: probability at the rim</source>
        <translation>Sky: sannsynlighet ved randen</translation>
    </message>
    <message>
        <source>Cloud: probability of the seed</source>
        <translation>Sky: sannsynlighet i kjernen</translation>
    </message>
    <message>
        <source>Clouds</source>
        <translation>Skyer</translation>
    </message>
    <message>
        <source>Coarser bands are repeated, finer ones averaged, so that all lie on one grid.</source>
        <translation>Grovere bånd gjentas og finere midles, slik at alle ligger på ett rutenett.</translation>
    </message>
    <message>
        <source>Colour balance</source>
        <translation>Fargebalanse</translation>
    </message>
    <message>
        <source>Colour balance, for another run</source>
        <translation>Fargebalanse, til en annen kjøring</translation>
    </message>
    <message>
        <source>Compare two orthos</source>
        <translation>Sammenlign to ortobilder</translation>
    </message>
    <message>
        <source>Compares guidelines with final polygons, scene by scene: intersection over union, F1, precision and recall of cloud and shadow, agreement of the boundaries, objects missed, split and joined. Either side may be polygons with the fields scene and class, or a raster of classes. The report shows the confusion matrix and the worst places.</source>
        <translation>Sammenligner forslag med endelige polygoner, scene for scene: snitt over union, F1, presisjon og gjenfinning for sky og skygge, samsvar mellom omrissene, objekter som mangler, er delt eller slått sammen. Hver side kan være polygoner med feltene scene og class, eller et raster med klasser. Rapporten viser forvekslingsmatrisen og de verste stedene.</translation>
    </message>
    <message>
        <source>Comparison</source>
        <translation>Sammenligning</translation>
    </message>
    <message>
        <source>Confusion</source>
        <translation>Forveksling</translation>
    </message>
    <message>
        <source>Continue with {name}</source>
        <translation>Fortsett med {name}</translation>
    </message>
    <message>
        <source>Correct the clouds of this scene with QGIS's own drawing tools.</source>
        <translation>Rett skyene i denne scenen med tegneverktøyene i QGIS.</translation>
    </message>
    <message>
        <source>Dask scheduler (empty: this machine)</source>
        <translation>Dask-planlegger (tomt: denne maskinen)</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Dato</translation>
    </message>
    <message>
        <source>Date of each pixel (days since 1970-01-01)</source>
        <translation>Dato for hver piksel (dager siden 1970-01-01)</translation>
    </message>
    <message>
        <source>Describe a cloud model</source>
        <translation>Beskriv en skymodell</translation>
    </message>
    <message>
        <source>Describe each raster by a STAC item beside it</source>
        <translation>Beskriv hvert raster med et STAC-element ved siden av</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beskrivelse</translation>
    </message>
    <message>
        <source>Descriptions such as B04, or numbers that begin at 1; the bands are written in this order.</source>
        <translation>Beskrivelser som B04, eller numre fra 1; båndene skrives i denne rekkefølgen.</translation>
    </message>
    <message>
        <source>Difference of height that the displacement stands for, median</source>
        <translation>Høydeforskjellen forskyvningen svarer til, median</translation>
    </message>
    <message>
        <source>Differences of pairs before and after</source>
        <translation>Forskjeller innen par, før og etter</translation>
    </message>
    <message>
        <source>Direction of the displacement per height</source>
        <translation>Retning for forskyvningen per høyde</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Forkast</translation>
    </message>
    <message>
        <source>Displacement</source>
        <translation>Forskyvning</translation>
    </message>
    <message>
        <source>Displacement as a raster</source>
        <translation>Forskyvning som raster</translation>
    </message>
    <message>
        <source>Displacement between two orthos</source>
        <translation>Forskyvning mellom to ortobilder</translation>
    </message>
    <message>
        <source>Displacement of B against A</source>
        <translation>Forskyvning av B mot A</translation>
    </message>
    <message>
        <source>Displacements of the kept points</source>
        <translation>Forskyvninger i punktene som ble beholdt</translation>
    </message>
    <message>
        <source>Distance of points</source>
        <translation>Avstand mellom punkter</translation>
    </message>
    <message>
        <source>Distance of the field's nodes</source>
        <translation>Avstand mellom feltets noder</translation>
    </message>
    <message>
        <source>Distance of the nodes of the displacement field (pixels)</source>
        <translation>Avstand mellom nodene i forskyvningsfeltet (piksler)</translation>
    </message>
    <message>
        <source>Distance of the points (pixels)</source>
        <translation>Avstand mellom punktene (piksler)</translation>
    </message>
    <message>
        <source>Distribution of values</source>
        <translation>Fordeling av verdier</translation>
    </message>
    <message>
        <source>Dodging points (field change, in percent)</source>
        <translation>Justeringspunkter (felt change, i prosent)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Ferdig</translation>
    </message>
    <message>
        <source>Done, next tile</source>
        <translation>Ferdig, neste rute</translation>
    </message>
    <message>
        <source>Dots are bands, the bar is their mean.</source>
        <translation>Prikkene er bånd, streken er middelverdien.</translation>
    </message>
    <message>
        <source>Draw cloud guidelines</source>
        <translation>Tegn skyforslag</translation>
    </message>
    <message>
        <source>Draw the guideline of this scene with these thresholds (Enter).</source>
        <translation>Tegn forslaget for denne scenen med disse tersklene (Enter).</translation>
    </message>
    <message>
        <source>Draws polygons around cloud and shadow with few vertices; polygons are valid, never overlap and share their common edges. With the probabilities the classes were made from, each polygon tells its mean probability. A shapefile is written where the output is named .shp.</source>
        <translation>Tegner polygoner med få punkter rundt sky og skygge; polygonene er gyldige, overlapper aldri og deler felles kanter. Med sannsynlighetene som klassene er laget av, får hvert polygon sin middelsannsynlighet. En shapefil skrives der utdatafilen heter .shp.</translation>
    </message>
    <message>
        <source>Drop Sentinel-2 products here: folders, zips or band stacks.</source>
        <translation>Slipp Sentinel-2-produkter her: mapper, zip-filer eller båndstabler.</translation>
    </message>
    <message>
        <source>Each polygon names the scene that is shown inside it; OUTPUT_SEAMLINES of a former run may be edited and given here.</source>
        <translation>Hvert polygon navngir scenen som vises innenfor; OUTPUT_SEAMLINES fra en tidligere kjøring kan redigeres og oppgis her.</translation>
    </message>
    <message>
        <source>East</source>
        <translation>Øst</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Rediger</translation>
    </message>
    <message>
        <source>Elevation model that A was made with</source>
        <translation>Høydemodellen A er laget med</translation>
    </message>
    <message>
        <source>Elevation model that B was made with</source>
        <translation>Høydemodellen B er laget med</translation>
    </message>
    <message>
        <source>Elevation models: {a} and {b}.</source>
        <translation>Høydemodeller: {a} og {b}.</translation>
    </message>
    <message>
        <source>Evaluate cloud guidelines</source>
        <translation>Vurder skyforslag</translation>
    </message>
    <message>
        <source>Execution providers for cloud models</source>
        <translation>Kjøremiljøer for skymodeller</translation>
    </message>
    <message>
        <source>Execution providers, in order of preference</source>
        <translation>Kjøremiljøer i ønsket rekkefølge</translation>
    </message>
    <message>
        <source>Execution providers: {names}</source>
        <translation>Kjøremiljøer: {names}</translation>
    </message>
    <message>
        <source>Extent (empty: all scenes)</source>
        <translation>Utstrekning (tomt: alle scener)</translation>
    </message>
    <message>
        <source>Extent (empty: the whole scene)</source>
        <translation>Utstrekning (tomt: hele scenen)</translation>
    </message>
    <message>
        <source>Feather across seams (pixels)</source>
        <translation>Myk overgang over sømmer (piksler)</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>Tall</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Filer</translation>
    </message>
    <message>
        <source>Files…</source>
        <translation>Filer…</translation>
    </message>
    <message>
        <source>Fill clouds from other dates</source>
        <translation>Fyll skyer fra andre datoer</translation>
    </message>
    <message>
        <source>Fill gaps up to half as wide as (pixels)</source>
        <translation>Fyll gap med halv bredde inntil (piksler)</translation>
    </message>
    <message>
        <source>Filter: tile, date, status…</source>
        <translation>Filter: rute, dato, status…</translation>
    </message>
    <message>
        <source>Final polygons or classes</source>
        <translation>Endelige polygoner eller klasser</translation>
    </message>
    <message>
        <source>Finds where the cloud polygons of neighbouring tiles of one pass disagree: a cloud that ends at the edge, one that reaches into the neighbour, or a cloud on one side and a shadow on the other. Give a workspace, or polygons and a layer of tiles.</source>
        <translation>Finner hvor skypolygonene i naboruter fra samme passering ikke stemmer overens: en sky som stopper i rutekanten, en som går inn i naborute, eller sky på den ene siden og skygge på den andre. Oppgi et arbeidsområde, eller polygoner og et lag med ruter.</translation>
    </message>
    <message>
        <source>Flip between the mosaic and the scenes.</source>
        <translation>Veksle mellom mosaikken og scenene.</translation>
    </message>
    <message>
        <source>Folder of a scene, or of scenes</source>
        <translation>Mappe med én eller flere scener</translation>
    </message>
    <message>
        <source>Folder of both mosaics in squares for download, with an index layer</source>
        <translation>Mappe med begge mosaikkene i ruter for nedlasting, med et indekslag</translation>
    </message>
    <message>
        <source>Folder of finished blocks, kept for the next run</source>
        <translation>Mappe med ferdige blokker, som beholdes til neste kjøring</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>Mappe…</translation>
    </message>
    <message>
        <source>For long runs over many products of which some may be damaged.</source>
        <translation>For lange kjøringer over mange produkter der noen kan være skadet.</translation>
    </message>
    <message>
        <source>For looking at corrections within seconds; needs WORK of the former run; leave it off for the delivery.</source>
        <translation>For å se rettelser i løpet av sekunder; krever WORK fra forrige kjøring; la det være av for leveransen.</translation>
    </message>
    <message>
        <source>For roads, rivers and beaches that a model takes for clouds; 0 removes none.</source>
        <translation>For veier, elver og strender som en modell tar for skyer; 0 fjerner ingen.</translation>
    </message>
    <message>
        <source>From the model</source>
        <translation>Fra modellen</translation>
    </message>
    <message>
        <source>Gain, and below it the offset in units of 1/10 000, of each scene: value = gain × sample + offset. Blue darkens the scene's median, orange brightens it.</source>
        <translation>Faktor, og under den tillegget i enheter på 1/10 000, for hver scene: verdi = faktor × pikselverdi + tillegg. Blått gjør scenens median mørkere, oransje lysere.</translation>
    </message>
    <message>
        <source>Gamma (above 1 brightens dark places)</source>
        <translation>Gamma (over 1 lysner mørke steder)</translation>
    </message>
    <message>
        <source>Gamma of the 8-bit mosaic (above 1 brightens dark places)</source>
        <translation>Gamma for 8-bits-mosaikken (over 1 gjør mørke steder lysere)</translation>
    </message>
    <message>
        <source>Given together with that of A; without them only the difference of height that the displacement stands for is told.</source>
        <translation>Gis sammen med den for A; uten dem oppgis bare høydeforskjellen forskyvningen svarer til.</translation>
    </message>
    <message>
        <source>Go back to the usual thresholds.</source>
        <translation>Gå tilbake til de vanlige tersklene.</translation>
    </message>
    <message>
        <source>Go on where you stopped.</source>
        <translation>Fortsett der du slapp.</translation>
    </message>
    <message>
        <source>Go to the tile after this one, on the closest date.</source>
        <translation>Gå til ruten etter denne, på nærmeste dato.</translation>
    </message>
    <message>
        <source>Go to the tile before this one, on the closest date.</source>
        <translation>Gå til ruten før denne, på nærmeste dato.</translation>
    </message>
    <message>
        <source>Grey: no point was kept there.</source>
        <translation>Grått: ingen punkter ble beholdt der.</translation>
    </message>
    <message>
        <source>Gross errors (beyond 3 standard deviations)</source>
        <translation>Grove feil (over 3 standardavvik)</translation>
    </message>
    <message>
        <source>Guidelines</source>
        <translation>Forslag</translation>
    </message>
    <message>
        <source>Guidelines (polygons or classes)</source>
        <translation>Forslag (polygoner eller klasser)</translation>
    </message>
    <message>
        <source>Guidelines for this tile</source>
        <translation>Forslag for denne ruten</translation>
    </message>
    <message>
        <source>Guidelines where there are none yet</source>
        <translation>Forslag der det ikke finnes noen ennå</translation>
    </message>
    <message>
        <source>Guidelines with options…</source>
        <translation>Forslag med valg…</translation>
    </message>
    <message>
        <source>Holes</source>
        <translation>Hull</translation>
    </message>
    <message>
        <source>Holes: places that no date shows clearly</source>
        <translation>Hull: steder som ingen dato viser klart</translation>
    </message>
    <message>
        <source>How far features of ortho A lie displaced in ortho B: {cols} × {rows} shared pixels of {pixel_m:g} m, {crs}.</source>
        <translation>Hvor langt objekter i ortobilde A ligger forskjøvet i ortobilde B: {cols} × {rows} felles piksler på {pixel_m:g} m, {crs}.</translation>
    </message>
    <message>
        <source>How fine the field is: 28 suits most orthos; 12 shows the detail of a fine elevation model, with more noise. A multiple of 4.</source>
        <translation>Hvor fint feltet er: 28 passer for de fleste ortobilder; 12 viser detaljene i en fin høydemodell, med mer støy. Et multiplum av 4.</translation>
    </message>
    <message>
        <source>How many scenes show each pixel clearly.</source>
        <translation>Hvor mange scener som viser hver piksel klart.</translation>
    </message>
    <message>
        <source>How much two dates differ where both are clear, in percent of their level, mean over the bands, on cells that the balance never saw: rings before, dots after.</source>
        <translation>Hvor mye to datoer avviker fra hverandre der begge er skyfrie, i prosent av nivået, middel over båndene, på celler som ikke inngikk i fargebalansen: ringer før, prikker etter.</translation>
    </message>
    <message>
        <source>How often each value occurs, over the whole mosaic. The brightest thousandth counts in the last bar.</source>
        <translation>Hvor ofte hver verdi forekommer i hele mosaikken. Den lyseste tusendelen telles i siste søyle.</translation>
    </message>
    <message>
        <source>How sure each point is: one standard deviation per axis.</source>
        <translation>Hvor sikkert hvert punkt er: ett standardavvik per akse.</translation>
    </message>
    <message>
        <source>INPUT names no scene; give a product's folder, zip or file.</source>
        <translation>INPUT viser ikke til noen scene; oppgi mappen, zip-filen eller filen til et produkt.</translation>
    </message>
    <message>
        <source>INPUTS names no scene; give products' folders, zips or files.</source>
        <translation>INPUTS viser ikke til noen scene; oppgi mapper, zip-filer eller filer til produkter.</translation>
    </message>
    <message>
        <source>Identifier</source>
        <translation>Identifikator</translation>
    </message>
    <message>
        <source>Identifier of a model card (skyfri:environment lists them), or the path of a card (.json) or of a model (.onnx).</source>
        <translation>Navnet på et modellkort (skyfri:environment viser dem), eller stien til et kort (.json) eller en modell (.onnx).</translation>
    </message>
    <message>
        <source>Identifiers of the models that are installed</source>
        <translation>Navn på installerte modeller</translation>
    </message>
    <message>
        <source>Ignore differences along an edge shorter than (metres)</source>
        <translation>Se bort fra forskjeller langs en kant kortere enn (meter)</translation>
    </message>
    <message>
        <source>Ignore differences narrower than (metres)</source>
        <translation>Se bort fra forskjeller smalere enn (meter)</translation>
    </message>
    <message>
        <source>Ignore differences smaller than (m2)</source>
        <translation>Se bort fra forskjeller mindre enn (m2)</translation>
    </message>
    <message>
        <source>In order of the area they show; the number is the priority and the value in SOURCE.</source>
        <translation>Sortert etter areal i mosaikken; nummeret er prioriteten og verdien i SOURCE.</translation>
    </message>
    <message>
        <source>In view: clouds {clouds} ({cloud_ha} ha), shadows {shadows} ({shadow_ha} ha)</source>
        <translation>I utsnittet: skyer {clouds} ({cloud_ha} ha), skygger {shadows} ({shadow_ha} ha)</translation>
    </message>
    <message>
        <source>In work</source>
        <translation>I arbeid</translation>
    </message>
    <message>
        <source>Intercept of detector {number}, px</source>
        <translation>Skjæringspunkt for detektor {number}, px</translation>
    </message>
    <message>
        <source>Intercept: what elevation does not explain, px</source>
        <translation>Skjæringspunkt: det høyden ikke forklarer, px</translation>
    </message>
    <message>
        <source>It then reaches as far as the probability is at least this, 0 to 1; lower draws wider outlines. At most that of the seed. Empty takes what the model's card states.</source>
        <translation>Den rekker så så langt som sannsynligheten er minst dette, 0 til 1; lavere tegner videre omriss. Høyst den i kjernen. Tomt tar det modellkortet oppgir.</translation>
    </message>
    <message>
        <source>Its NMAD</source>
        <translation>NMAD for den</translation>
    </message>
    <message>
        <source>Its features are looked for in B.</source>
        <translation>Objektene i det letes det etter i B.</translation>
    </message>
    <message>
        <source>Joins clouds that stand close together, so that there are fewer polygons to correct; 0 joins none.</source>
        <translation>Slår sammen skyer som ligger tett, slik at det blir færre polygoner å rette; 0 slår ingen sammen.</translation>
    </message>
    <message>
        <source>Judge shadows by sun and satellite</source>
        <translation>Vurder skygger etter sol og satellitt</translation>
    </message>
    <message>
        <source>Judge shadows by the directions of sun and satellite</source>
        <translation>Vurder skygger etter retningen til sol og satellitt</translation>
    </message>
    <message>
        <source>Keep the colour balance of the former run</source>
        <translation>Behold fargebalansen fra forrige kjøring</translation>
    </message>
    <message>
        <source>Keep the probabilities beside the workspace</source>
        <translation>Behold sannsynlighetene ved siden av arbeidsområdet</translation>
    </message>
    <message>
        <source>Larger pixels take less time and miss small clouds; models are at their best at the pixel size they were trained at.</source>
        <translation>Større piksler tar kortere tid og overser små skyer; modeller er best med pikselstørrelsen de er trent med.</translation>
    </message>
    <message>
        <source>Largest</source>
        <translation>Største</translation>
    </message>
    <message>
        <source>Latitude</source>
        <translation>Breddegrad</translation>
    </message>
    <message>
        <source>Least</source>
        <translation>Minste</translation>
    </message>
    <message>
        <source>Leave out scenes that fail, with a warning, instead of ending</source>
        <translation>Utelat scener som feiler, med en advarsel, i stedet for å avslutte</translation>
    </message>
    <message>
        <source>Leaving out one vertex changes the area by no more than the square of this; 0 keeps every corner of the pixels.</source>
        <translation>Å utelate ett punkt endrer arealet høyst med kvadratet av dette; 0 beholder hvert hjørne av pikslene.</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Utelatt</translation>
    </message>
    <message>
        <source>Left out: clouds, shadows, water</source>
        <translation>Utelates: skyer, skygger, vann</translation>
    </message>
    <message>
        <source>Less becomes cloud.</source>
        <translation>Mindre blir sky.</translation>
    </message>
    <message>
        <source>Less becomes shadow.</source>
        <translation>Mindre blir skygge.</translation>
    </message>
    <message>
        <source>Let the model draw clouds and shadows in the selected scenes.</source>
        <translation>La modellen tegne skyer og skygger i de valgte scenene.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Nivå</translation>
    </message>
    <message>
        <source>List only the dates of this tile</source>
        <translation>Vis bare datoene i denne ruten</translation>
    </message>
    <message>
        <source>Lists the versions of QGIS, of its GEOS, PROJ and GDAL and of the Python libraries, the execution providers for cloud models and the models found. Says what is missing or harmful, each with the command that mends it.</source>
        <translation>Viser versjonene av QGIS, GEOS, PROJ og GDAL og av Python-bibliotekene, hva skymodellene kan kjøres på, og hvilke modeller som finnes. Sier hva som mangler eller er skadelig, hver gang med kommandoen som retter det.</translation>
    </message>
    <message>
        <source>Longitude</source>
        <translation>Lengdegrad</translation>
    </message>
    <message>
        <source>Look here: cloud left?</source>
        <translation>Se her: gjenværende sky?</translation>
    </message>
    <message>
        <source>Lower the cloud threshold</source>
        <translation>Senk terskelen for sky</translation>
    </message>
    <message>
        <source>Lower the shadow threshold</source>
        <translation>Senk terskelen for skygge</translation>
    </message>
    <message>
        <source>MODEL names no model; give one of {known}, or the path of a .json or .onnx file.</source>
        <translation>MODEL viser ikke til noen modell; oppgi en av {known}, eller stien til en .json- eller .onnx-fil.</translation>
    </message>
    <message>
        <source>Made by Skyfri. Contains modified Copernicus Sentinel data.</source>
        <translation>Laget med Skyfri. Inneholder modifiserte Copernicus Sentinel-data.</translation>
    </message>
    <message>
        <source>Make a cloud-free mosaic</source>
        <translation>Lag skyfri mosaikk</translation>
    </message>
    <message>
        <source>Make a cloud-free mosaic of the listed scenes, the least cloudy first.</source>
        <translation>Lag en skyfri mosaikk av scenene i listen, de minst skyete først.</translation>
    </message>
    <message>
        <source>Make a file that keeps scenes, polygons and what was reviewed.</source>
        <translation>Lag en fil som tar vare på scener, polygoner og hva som er gjennomgått.</translation>
    </message>
    <message>
        <source>Mark this tile as done and go to the next unfinished one.</source>
        <translation>Merk denne ruten som ferdig og gå til den neste som ikke er det.</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>Mål</translation>
    </message>
    <message>
        <source>Measured on {pixels} pixels of seam in {tiles} raster tiles.</source>
        <translation>Målt på {pixels} sømpiksler i {tiles} bildefliser.</translation>
    </message>
    <message>
        <source>Measures how far features of ortho A lie displaced in ortho B, to a fiftieth of a pixel. One smooth field of displacement is fitted to all pixels of both, each point of it with its uncertainty, and points under clouds, without likeness or at odds with their surroundings are not kept. Neither ortho is resampled. The report gives systematic error, standard deviation, gross errors, RMSE, CE90 and CE95 with the measures of ISO 19157, maps, profiles and the worst points.</source>
        <translation>Måler hvor langt objekter i ortobilde A ligger forskjøvet i ortobilde B, til en femtidels piksel. Ett glatt forskyvningsfelt tilpasses alle pikslene i begge, hvert punkt med sin usikkerhet, og punkter under skyer, uten likhet eller i strid med omgivelsene beholdes ikke. Ingen av ortobildene resamples. Rapporten gir systematisk avvik, standardavvik, grove feil, RMSE, CE90 og CE95 med målene i ISO 19157, kart, profiler og de verste punktene.</translation>
    </message>
    <message>
        <source>Measures of ISO 19157</source>
        <translation>Mål i ISO 19157</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Median</translation>
    </message>
    <message>
        <source>Median displacement of B against A, arrows enlarged.</source>
        <translation>Median forskyvning av B mot A, pilene er forstørret.</translation>
    </message>
    <message>
        <source>Median to the east, metres</source>
        <translation>Median mot øst, meter</translation>
    </message>
    <message>
        <source>Median to the north, metres</source>
        <translation>Median mot nord, meter</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Model (empty: the one that suits the scene)</source>
        <translation>Modell (tomt: den som passer til scenen)</translation>
    </message>
    <message>
        <source>Model {identifier}: {state}</source>
        <translation>Modell {identifier}: {state}</translation>
    </message>
    <message>
        <source>Model: {title} ({identifier})</source>
        <translation>Modell: {title} ({identifier})</translation>
    </message>
    <message>
        <source>More becomes cloud.</source>
        <translation>Mer blir sky.</translation>
    </message>
    <message>
        <source>More becomes shadow.</source>
        <translation>Mer blir skygge.</translation>
    </message>
    <message>
        <source>Mosaic</source>
        <translation>Mosaikk</translation>
    </message>
    <message>
        <source>Mosaic for viewing</source>
        <translation>Mosaikk til visning</translation>
    </message>
    <message>
        <source>Mosaic with options…</source>
        <translation>Mosaikk med valg…</translation>
    </message>
    <message>
        <source>Mosaic, 16 bit</source>
        <translation>Mosaikk, 16 bit</translation>
    </message>
    <message>
        <source>Mosaic, 8 bit for viewing</source>
        <translation>Mosaikk, 8 bit til visning</translation>
    </message>
    <message>
        <source>Mosaic…</source>
        <translation>Mosaikk…</translation>
    </message>
    <message>
        <source>Move the thresholds of this scene and see the outlines at once; nothing is written until you apply them.</source>
        <translation>Flytt tersklene for denne scenen og se omrissene med en gang; ingenting skrives før du bruker dem.</translation>
    </message>
    <message>
        <source>NMAD px</source>
        <translation>NMAD px</translation>
    </message>
    <message>
        <source>NSSDA, 95 %</source>
        <translation>NSSDA, 95 %</translation>
    </message>
    <message>
        <source>Names such as B04 B03 B02 B08, in order; every scene must have them.</source>
        <translation>Navn som B04 B03 B02 B08, i rekkefølge; hver scene må ha dem.</translation>
    </message>
    <message>
        <source>Names such as B04 B03 B02, in order.</source>
        <translation>Navn som B04 B03 B02, i rekkefølge.</translation>
    </message>
    <message>
        <source>Neither WORKSPACE nor both POLYGONS and TILES are given; give one or the other.</source>
        <translation>Verken WORKSPACE eller både POLYGONS og TILES er oppgitt; oppgi det ene eller det andre.</translation>
    </message>
    <message>
        <source>New polygons are clouds.</source>
        <translation>Nye polygoner er skyer.</translation>
    </message>
    <message>
        <source>New polygons are shadows.</source>
        <translation>Nye polygoner er skygger.</translation>
    </message>
    <message>
        <source>New workspace</source>
        <translation>Nytt arbeidsområde</translation>
    </message>
    <message>
        <source>New workspace…</source>
        <translation>Nytt arbeidsområde…</translation>
    </message>
    <message>
        <source>Next date</source>
        <translation>Neste dato</translation>
    </message>
    <message>
        <source>Next tile</source>
        <translation>Neste rute</translation>
    </message>
    <message>
        <source>Nine of ten between</source>
        <translation>Ni av ti mellom</translation>
    </message>
    <message>
        <source>No cloud polygons are given, so clouds stay in the mosaic; give CLOUDS those of skyfri:guidelines or of a workspace.</source>
        <translation>Ingen skypolygoner er oppgitt, så skyer blir værende i mosaikken; oppgi i CLOUDS polygonene fra skyfri:guidelines eller fra et arbeidsområde.</translation>
    </message>
    <message>
        <source>No elevation models were given: only the difference of height that the displacement stands for is told.</source>
        <translation>Ingen høydemodeller er gitt: bare høydeforskjellen forskyvningen svarer til, oppgis.</translation>
    </message>
    <message>
        <source>No listed scene has cloud polygons yet; run Guidelines first.</source>
        <translation>Ingen scene i listen har skypolygoner ennå; kjør Forslag først.</translation>
    </message>
    <message>
        <source>No point passed the tests: the orthos show too little in common, or lie farther apart than 64 pixels.</source>
        <translation>Ingen punkter besto prøvene: ortobildene viser for lite felles, eller ligger lenger fra hverandre enn 64 piksler.</translation>
    </message>
    <message>
        <source>No point passed the tests: the orthos show too little in common.</source>
        <translation>Ingen punkter besto prøvene: ortobildene viser for lite felles.</translation>
    </message>
    <message>
        <source>No probabilities are kept for this scene. Run the model once; then the sliders answer at once.</source>
        <translation>Det finnes ingen sannsynligheter for denne scenen. Kjør modellen én gang; deretter svarer glidebryterne med en gang.</translation>
    </message>
    <message>
        <source>No product states from where it was seen, so the direction is fitted to the heights.</source>
        <translation>Ingen av produktene oppgir hvor de er sett fra, så retningen er tilpasset høydene.</translation>
    </message>
    <message>
        <source>No scene is selected; select one or more in the table.</source>
        <translation>Ingen scene er valgt; velg én eller flere i tabellen.</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>Nr.</translation>
    </message>
    <message>
        <source>Nobody has worked on this tile yet.</source>
        <translation>Ingen har arbeidet med denne ruten ennå.</translation>
    </message>
    <message>
        <source>None: every place that a scene covers was clear on some date.</source>
        <translation>Ingen: hvert sted som en scene dekker, var skyfritt på minst én dato.</translation>
    </message>
    <message>
        <source>Normalise to the view from the vertical</source>
        <translation>Normaliser til å være sett rett ovenfra</translation>
    </message>
    <message>
        <source>North</source>
        <translation>Nord</translation>
    </message>
    <message>
        <source>Nothing was matched</source>
        <translation>Ingenting ble funnet igjen</translation>
    </message>
    <message>
        <source>Nothing was measured: no two dates overlap in clear land, or no balance was asked for.</source>
        <translation>Ingenting ble målt: ingen datoer har felles skyfritt landområde, eller fargebalanse var ikke valgt.</translation>
    </message>
    <message>
        <source>Number of clear observations</source>
        <translation>Antall skyfrie observasjoner</translation>
    </message>
    <message>
        <source>Number of points kept</source>
        <translation>Antall punkter som ble beholdt</translation>
    </message>
    <message>
        <source>Number of polygons</source>
        <translation>Antall polygoner</translation>
    </message>
    <message>
        <source>Number of problems</source>
        <translation>Antall avvik</translation>
    </message>
    <message>
        <source>Number of scenes</source>
        <translation>Antall scener</translation>
    </message>
    <message>
        <source>OUTPUT_BALANCE of a run with these scenes and bands: its gains and offsets are taken as they are instead of solved anew.</source>
        <translation>OUTPUT_BALANCE fra en kjøring med disse scenene og båndene: forsterkning og tillegg brukes som de er, i stedet for å beregnes på nytt.</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>Objekter</translation>
    </message>
    <message>
        <source>Of the points that passed every test. Neither ortho is the truth: these are relative accuracies.</source>
        <translation>For punktene som besto alle prøver. Ingen av ortobildene er fasit: dette er relative nøyaktigheter.</translation>
    </message>
    <message>
        <source>Of the same place, in the CRS and pixel size of A; size and extent may differ. Nothing is resampled.</source>
        <translation>Av samme sted, i koordinatsystemet og pikselstørrelsen til A; størrelse og utstrekning kan være ulike. Ingenting resamples.</translation>
    </message>
    <message>
        <source>Of {samples} 8-bit samples of data looked at, {at_0} are 0 and {at_255} are 255, which a viewing service would take for transparent.</source>
        <translation>Av {samples} undersøkte 8-bits dataverdier er {at_0} lik 0 og {at_255} lik 255, som en visningstjeneste ville tatt for gjennomsiktig.</translation>
    </message>
    <message>
        <source>One HTML page with tables, maps and charts that opens in any browser and needs no other file.</source>
        <translation>Én HTML-side med tabeller, kart og diagrammer som åpnes i enhver nettleser og ikke trenger andre filer.</translation>
    </message>
    <message>
        <source>One or many scenes.</source>
        <translation>Én eller flere scener.</translation>
    </message>
    <message>
        <source>One point is chosen in each square of this side, where there is most texture.</source>
        <translation>Ett punkt velges i hver rute med denne siden, der det er mest tekstur.</translation>
    </message>
    <message>
        <source>One product's folder, or a folder with many products below it.</source>
        <translation>Mappen til ett produkt, eller en mappe med mange produkter under seg.</translation>
    </message>
    <message>
        <source>One smooth field of displacement is fitted to all pixels; a point is kept where both sides correlate, the way there and back closes, its window has data, and its neighbours agree.</source>
        <translation>Ett glatt forskyvningsfelt tilpasses alle piksler; et punkt beholdes der begge sider korrelerer, veien frem og tilbake går opp, vinduet har data og naboene er enige.</translation>
    </message>
    <message>
        <source>Open workspace</source>
        <translation>Åpne arbeidsområde</translation>
    </message>
    <message>
        <source>Open workspace…</source>
        <translation>Åpne arbeidsområde…</translation>
    </message>
    <message>
        <source>Opening scenes</source>
        <translation>Åpner scener</translation>
    </message>
    <message>
        <source>Opening {name}</source>
        <translation>Åpner {name}</translation>
    </message>
    <message>
        <source>Orbit</source>
        <translation>Bane</translation>
    </message>
    <message>
        <source>Ortho A, the reference</source>
        <translation>Ortobilde A, referansen</translation>
    </message>
    <message>
        <source>Ortho B, the one that is measured</source>
        <translation>Ortobilde B, det som måles</translation>
    </message>
    <message>
        <source>Outlines are drawn around what was widened, at least by a pixel; the second band of the classes keeps the model's own boundary.</source>
        <translation>Omrissene tegnes rundt det utvidede, minst én piksel; det andre båndet i klassene beholder modellens egen grense.</translation>
    </message>
    <message>
        <source>Outlines of the tiles with a field tile, name or mgrs; needed where no workspace is given.</source>
        <translation>Omriss av rutene med et felt tile, name eller mgrs; trengs når intet arbeidsområde er oppgitt.</translation>
    </message>
    <message>
        <source>Outlines were simplified, so neighbours never agree to the pixel; twice the simplification is a good value.</source>
        <translation>Omriss er forenklet, så naboer stemmer aldri på pikselen; to ganger forenklingen er en god verdi.</translation>
    </message>
    <message>
        <source>Paths may also be separated by semicolons; a folder stands for every product below it.</source>
        <translation>Stier kan også skilles med semikolon; en mappe står for alle produktene under den.</translation>
    </message>
    <message>
        <source>Period of a percentile (first/last day)</source>
        <translation>Periode for en persentil (første/siste dag)</translation>
    </message>
    <message>
        <source>Pixel size in metres (empty: that of the finest band)</source>
        <translation>Pikselstørrelse i meter (tomt: det fineste båndets)</translation>
    </message>
    <message>
        <source>Pixel size in metres (empty: that of the finest scene)</source>
        <translation>Pikselstørrelse i meter (tomt: den fineste scenens)</translation>
    </message>
    <message>
        <source>Pixel size in metres (empty: what the model was trained at)</source>
        <translation>Pikselstørrelse i meter (tomt: den modellen er trent på)</translation>
    </message>
    <message>
        <source>Pixel size of the comparison in metres</source>
        <translation>Pikselstørrelse for sammenligningen i meter</translation>
    </message>
    <message>
        <source>Places that disagree with the other dates: cloud left?</source>
        <translation>Steder som avviker fra de andre datoene: gjenværende sky?</translation>
    </message>
    <message>
        <source>Point {fid}: {dx:+.1f} m east, {dy:+.1f} m north, at {x:.0f} {y:.0f}</source>
        <translation>Punkt {fid}: {dx:+.1f} m øst, {dy:+.1f} m nord, ved {x:.0f} {y:.0f}</translation>
    </message>
    <message>
        <source>Points as a table for KARIOS</source>
        <translation>Punkter som tabell for KARIOS</translation>
    </message>
    <message>
        <source>Points where you ask for a local lift (10) or drop (-10), in percent. Fields that may be empty or missing: scene (empty: every scene that lies there), radius_m (5000; nothing changes beyond twice that), band (empty: all).</source>
        <translation>Punkter der du ber om at det lokalt blir lysere (10) eller mørkere (-10), i prosent. Felt som kan være tomme eller mangle: scene (tom: alle scener som ligger der), radius_m (5000; ingenting endres lenger ute enn det dobbelte), band (tom: alle).</translation>
    </message>
    <message>
        <source>Points with dx_m (east), dy_m (north), the same in pixels, sigma_px, score and kept: a feature at (x, y) in A lies at (x + dx_m, y + dy_m) in B. QGIS draws them as arrows.</source>
        <translation>Punkter med dx_m (øst), dy_m (nord), det samme i piksler, sigma_px, score og kept: et objekt i (x, y) i A ligger i (x + dx_m, y + dy_m) i B. QGIS tegner dem som piler.</translation>
    </message>
    <message>
        <source>Polygons are compared as pixels of this size; a raster of classes brings its own.</source>
        <translation>Polygoner sammenlignes som piksler av denne størrelsen; et klasseraster har sin egen.</translation>
    </message>
    <message>
        <source>Polygons drawn: {polygons}; scenes: {scenes}.</source>
        <translation>Polygoner tegnet: {polygons}; scener: {scenes}.</translation>
    </message>
    <message>
        <source>Polygons of what an editor has looked at; what lies outside counts neither for nor against.</source>
        <translation>Polygoner rundt det en redigerer har sett på; det som ligger utenfor, teller verken for eller mot.</translation>
    </message>
    <message>
        <source>Polygons with the fields scene and class, or a raster of classes: 0 clear, 1 cloud, 2 shadow, 255 no data.</source>
        <translation>Polygoner med feltene scene og class, eller et klasseraster: 0 klart, 1 sky, 2 skygge, 255 ingen data.</translation>
    </message>
    <message>
        <source>Polygons with the fields scene and class; those of the workspace where none are given.</source>
        <translation>Polygoner med feltene scene og class; de i arbeidsområdet når ingen er oppgitt.</translation>
    </message>
    <message>
        <source>Polygons, of which those of class cloud, shadow or water count where there is a field class; or a raster in which 0 is compared and everything else is not (of a scene classification, SCL, its clouds, shadows and water). No point is kept whose window touches more than a little of it.</source>
        <translation>Polygoner, der de med klassen cloud, shadow eller water gjelder når det finnes et felt class; eller et raster der 0 sammenlignes og alt annet ikke (i en sceneklassifisering, SCL, gjelder skyer, skygger og vann). Ingen punkter beholdes når vinduet deres rører mer enn litt av det.</translation>
    </message>
    <message>
        <source>Predict clouds</source>
        <translation>Beregn skyer</translation>
    </message>
    <message>
        <source>Predict first</source>
        <translation>Beregn først</translation>
    </message>
    <message>
        <source>Predicts clouds and shadows in one or many scenes, thresholds the probabilities and draws polygons for an editor to correct. With a workspace the scenes and polygons are stored there too; scenes whose polygons were edited keep the edits. The probabilities stay in a folder beside it, so that other thresholds can be tried without running the model again.</source>
        <translation>Beregner skyer og skygger i én eller flere scener, setter terskler på sannsynlighetene og tegner polygoner som du kan rette. Med et arbeidsområde lagres scener og polygoner også der; scener med redigerte polygoner beholder redigeringen. Sannsynlighetene blir liggende i en mappe ved siden av, slik at andre terskler kan prøves uten å kjøre modellen på nytt.</translation>
    </message>
    <message>
        <source>Prepare a scene as a band stack</source>
        <translation>Klargjør en scene som båndstabel</translation>
    </message>
    <message>
        <source>Previous date</source>
        <translation>Forrige dato</translation>
    </message>
    <message>
        <source>Previous tile</source>
        <translation>Forrige rute</translation>
    </message>
    <message>
        <source>Prints the card of a cloud model (bands, level, scale, patch, classes, licence) and runs the model on random input, so that a model of your own is known to work before it is used.</source>
        <translation>Skriver ut modellkortet (bånd, nivå, skala, utsnitt, klasser, lisens) og kjører modellen på tilfeldige tall, slik at du vet at din egen modell virker før den tas i bruk.</translation>
    </message>
    <message>
        <source>Probabilities</source>
        <translation>Sannsynligheter</translation>
    </message>
    <message>
        <source>Probabilities (for the confidence of each polygon)</source>
        <translation>Sannsynligheter (for hvor sikkert hvert polygon er)</translation>
    </message>
    <message>
        <source>Probability at the rim. Lower it to draw more; the seed follows.</source>
        <translation>Sannsynlighet ved randen. Senk den for å tegne mer; kjernen følger etter.</translation>
    </message>
    <message>
        <source>Probability that some place inside each polygon must reach. Lower it to keep fainter ones.</source>
        <translation>Sannsynlighet som hvert polygon må nå et sted i kjernen. Senk den for å beholde svakere polygoner.</translation>
    </message>
    <message>
        <source>Problems along tile edges</source>
        <translation>Avvik langs rutekanter</translation>
    </message>
    <message>
        <source>Problems, one a line</source>
        <translation>Feil, én per linje</translation>
    </message>
    <message>
        <source>REFLECTANCE of skyfri:predict; without it shadows are what the model says of them.</source>
        <translation>REFLECTANCE fra skyfri:predict; uten den er skygger det modellen sier om dem.</translation>
    </message>
    <message>
        <source>RMSE of both axes, metres</source>
        <translation>RMSE for begge akser, meter</translation>
    </message>
    <message>
        <source>RMSE, both axes</source>
        <translation>RMSE, begge akser</translation>
    </message>
    <message>
        <source>Raise the cloud threshold</source>
        <translation>Hev terskelen for sky</translation>
    </message>
    <message>
        <source>Raise the shadow threshold</source>
        <translation>Hev terskelen for skygge</translation>
    </message>
    <message>
        <source>Raster</source>
        <translation>Raster</translation>
    </message>
    <message>
        <source>Raster, 8 bit</source>
        <translation>Raster, 8 bit</translation>
    </message>
    <message>
        <source>Reference raster, such as last year's mosaic</source>
        <translation>Referanseraster, for eksempel fjorårets mosaikk</translation>
    </message>
    <message>
        <source>Reflectance kept by the prediction (for the shadows)</source>
        <translation>Reflektans som beregningen tok vare på (for skyggene)</translation>
    </message>
    <message>
        <source>Reflectance kept for the shadows</source>
        <translation>Reflektans som tas vare på for skyggene</translation>
    </message>
    <message>
        <source>Reflectance x 10000, one value or one per band B04 B03 B02, or a percentile of the whole mosaic such as 0.5%.</source>
        <translation>Reflektans x 10000, én verdi eller én per bånd B04 B03 B02, eller en persentil av hele mosaikken, for eksempel 0.5%.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Fjern</translation>
    </message>
    <message>
        <source>Remove lines and spikes up to half as wide as (pixels)</source>
        <translation>Fjern linjer og spisser med halv bredde inntil (piksler)</translation>
    </message>
    <message>
        <source>Remove scenes</source>
        <translation>Fjern scener</translation>
    </message>
    <message>
        <source>Remove scenes…</source>
        <translation>Fjern scener…</translation>
    </message>
    <message>
        <source>Remove the selected scenes with their polygons from the workspace.</source>
        <translation>Fjern de valgte scenene med polygonene deres fra arbeidsområdet.</translation>
    </message>
    <message>
        <source>Remove {count} scene(s) with all their polygons from the workspace? The products themselves stay.</source>
        <translation>Fjerne {count} scene(r) med alle polygonene deres fra arbeidsområdet? Selve produktene blir liggende.</translation>
    </message>
    <message>
        <source>Report for people</source>
        <translation>Rapport for mennesker</translation>
    </message>
    <message>
        <source>Report for programs</source>
        <translation>Rapport for programmer</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Tilbakestill</translation>
    </message>
    <message>
        <source>Rings mark the largest holes, numbered as in the list below.</source>
        <translation>Ringer viser de største hullene, nummerert som i listen under.</translation>
    </message>
    <message>
        <source>Run the model on this scene and keep its probabilities.</source>
        <translation>Kjør modellen på denne scenen og behold sannsynlighetene.</translation>
    </message>
    <message>
        <source>Runs an ONNX model over a scene, window by window with blended overlaps. The result has a band per class, 0 to 250 for a probability of 0 to 1, and 255 where there is no data. Memory does not depend on the size of the scene.</source>
        <translation>Kjører en ONNX-modell over en scene, vindu for vindu med sammenvevde overlapp. Resultatet har ett bånd per klasse, 0 til 250 for sannsynlighet 0 til 1, og 255 der det ikke er data. Minnebruken avhenger ikke av størrelsen på scenen.</translation>
    </message>
    <message>
        <source>SCHEDULER {address} does not answer ({reason}); start one with 'dask scheduler', or leave it empty.</source>
        <translation>SCHEDULER {address} svarer ikke ({reason}); start en med 'dask scheduler', eller la feltet stå tomt.</translation>
    </message>
    <message>
        <source>SCHEDULER {address} has no workers; start some with 'dask worker'.</source>
        <translation>SCHEDULER {address} har ingen arbeidere; start noen med 'dask worker'.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Lagre</translation>
    </message>
    <message>
        <source>Save the edits and go on editing.</source>
        <translation>Lagre endringene og fortsett å redigere.</translation>
    </message>
    <message>
        <source>Scale to 8 bit</source>
        <translation>Skaler til 8 bit</translation>
    </message>
    <message>
        <source>Scales bands to 8 bits: data become 1 to 254 and nodata 0, so that no pixel of the picture is taken for transparent by a viewing service that hides 0 and 255. Minimum and maximum are values of the raster (one, or one per band) or percentiles such as 0.5%.</source>
        <translation>Skalerer bånd til 8 bit: data blir 1 til 254 og manglende data 0, slik at ingen piksel i bildet oppfattes som gjennomsiktig av en visningstjeneste som skjuler 0 og 255. Minimum og maksimum er rasterverdier (én, eller én per bånd) eller persentiler som 0.5%.</translation>
    </message>
    <message>
        <source>Scene</source>
        <translation>Scene</translation>
    </message>
    <message>
        <source>Scene (SAFE folder or zip, MTD*.xml, folder of bands, band stack)</source>
        <translation>Scene (SAFE-mappe eller zip, MTD*.xml, mappe med bånd, båndstabel)</translation>
    </message>
    <message>
        <source>Scene of a raster of classes (empty: what the raster says)</source>
        <translation>Scenen til et klasseraster (tomt: det rasteret oppgir)</translation>
    </message>
    <message>
        <source>Scenes</source>
        <translation>Scener</translation>
    </message>
    <message>
        <source>Scenes added: {count}.</source>
        <translation>Scener lagt til: {count}.</translation>
    </message>
    <message>
        <source>Scenes in order of priority.</source>
        <translation>Scener i prioritert rekkefølge.</translation>
    </message>
    <message>
        <source>Scenes or a workspace can also be dropped here.</source>
        <translation>Scener eller et arbeidsområde kan også slippes her.</translation>
    </message>
    <message>
        <source>Scenes or band stacks, highest priority first</source>
        <translation>Scener eller båndstabler, høyest prioritet først</translation>
    </message>
    <message>
        <source>Scenes without polygons are left out: {count}.</source>
        <translation>Scener uten polygoner er utelatt: {count}.</translation>
    </message>
    <message>
        <source>Scenes without probabilities, or with those of another model or pixel size than asked for, are predicted.</source>
        <translation>Scener uten sannsynligheter, eller med en annen modell eller pikselstørrelse enn den som er valgt, blir beregnet.</translation>
    </message>
    <message>
        <source>Scenes: zip, MTD*.xml, GeoTIFF</source>
        <translation>Scener: zip, MTD*.xml, GeoTIFF</translation>
    </message>
    <message>
        <source>Scenes: {count}. Compared on {pixel_m:g} m pixels, {rule}, boundaries within {tolerance:g} px.</source>
        <translation>Scener: {count}. Sammenlignet på piksler på {pixel_m:g} m, {rule}, grenser innenfor {tolerance:g} px.</translation>
    </message>
    <message>
        <source>Seam polygons (field scene), for seams: layer</source>
        <translation>Sømpolygoner (feltet scene), for sømmer: layer</translation>
    </message>
    <message>
        <source>Seams</source>
        <translation>Sømmer</translation>
    </message>
    <message>
        <source>Seconds of the steps</source>
        <translation>Sekunder per steg</translation>
    </message>
    <message>
        <source>Seeds and sizes</source>
        <translation>Kjerner og størrelser</translation>
    </message>
    <message>
        <source>Set-up</source>
        <translation>Oppsett</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Innstillinger</translation>
    </message>
    <message>
        <source>Shadow</source>
        <translation>Skygge</translation>
    </message>
    <message>
        <source>Shadow seed</source>
        <translation>Kjerne, skygge</translation>
    </message>
    <message>
        <source>Shadow, neighbour</source>
        <translation>Skygge, nabo</translation>
    </message>
    <message>
        <source>Shadow: probability at the rim</source>
        <translation>Skygge: sannsynlighet ved randen</translation>
    </message>
    <message>
        <source>Shadow: probability of the seed</source>
        <translation>Skygge: sannsynlighet i kjernen</translation>
    </message>
    <message>
        <source>Shadows that no cloud can throw are dropped, and dark places where a cloud must throw one are proposed.</source>
        <translation>Skygger som ingen sky kan kaste, fjernes, og mørke steder der en sky må kaste skygge, foreslås.</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>Andel</translation>
    </message>
    <message>
        <source>Share of the scene under cloud and shadow polygons</source>
        <translation>Andel av scenen under sky- og skyggepolygoner</translation>
    </message>
    <message>
        <source>Show clouds</source>
        <translation>Vis skyer</translation>
    </message>
    <message>
        <source>Show guidelines</source>
        <translation>Vis forslag</translation>
    </message>
    <message>
        <source>Show mosaic</source>
        <translation>Vis mosaikk</translation>
    </message>
    <message>
        <source>Show or hide the editor's polygons.</source>
        <translation>Vis eller skjul de redigerte polygonene.</translation>
    </message>
    <message>
        <source>Show or hide the model's polygons.</source>
        <translation>Vis eller skjul modellens polygoner.</translation>
    </message>
    <message>
        <source>Show the date after this one of the same tile.</source>
        <translation>Vis datoen etter denne i samme rute.</translation>
    </message>
    <message>
        <source>Show the date before this one of the same tile.</source>
        <translation>Vis datoen før denne i samme rute.</translation>
    </message>
    <message>
        <source>Show the whole tile.</source>
        <translation>Vis hele ruten.</translation>
    </message>
    <message>
        <source>Side of the squares for download (km)</source>
        <translation>Side på rutene for nedlasting (km)</translation>
    </message>
    <message>
        <source>Simplify outlines by up to (metres; empty: by the pixel size)</source>
        <translation>Forenkle omriss med inntil (meter; tomt: pikselstørrelsen)</translation>
    </message>
    <message>
        <source>Skyfri</source>
        <translation>Skyfri</translation>
    </message>
    <message>
        <source>Skyfri needs {names} or newer, which this QGIS does not have; run: {command}</source>
        <translation>Skyfri trenger {names} eller nyere, som denne QGIS ikke har; kjør: {command}</translation>
    </message>
    <message>
        <source>Skyfri: cloud-free mosaic</source>
        <translation>Skyfri: skyfri mosaikk</translation>
    </message>
    <message>
        <source>Skyfri: guide for editors</source>
        <translation>Skyfri: veiledning for redaktører</translation>
    </message>
    <message>
        <source>Slope (1: elevation explains it)</source>
        <translation>Stigningstall (1: høyden forklarer det)</translation>
    </message>
    <message>
        <source>Slope of the terrain, degrees</source>
        <translation>Terrenghelning, grader</translation>
    </message>
    <message>
        <source>Smaller clouds and shadows are left out on both sides before they are compared; 0 compares all.</source>
        <translation>Mindre skyer og skygger utelates på begge sider før de sammenlignes; 0 sammenligner alle.</translation>
    </message>
    <message>
        <source>Smaller clouds and shadows are removed and smaller holes in them filled; 0 keeps all.</source>
        <translation>Mindre skyer og skygger fjernes, og mindre hull i dem fylles; 0 beholder alle.</translation>
    </message>
    <message>
        <source>Smaller polygons and holes are left out.</source>
        <translation>Mindre polygoner og hull utelates.</translation>
    </message>
    <message>
        <source>Smaller polygons are left out and smaller holes filled; 0 keeps what the classes hold.</source>
        <translation>Mindre polygoner utelates, og mindre hull fylles; 0 beholder det klassene inneholder.</translation>
    </message>
    <message>
        <source>Smallest area</source>
        <translation>Minste areal</translation>
    </message>
    <message>
        <source>Smallest area (hectares)</source>
        <translation>Minste areal (hektar)</translation>
    </message>
    <message>
        <source>Smallest area on both sides (hectares)</source>
        <translation>Minste areal på begge sider (hektar)</translation>
    </message>
    <message>
        <source>Smooth probabilities first by (pixels)</source>
        <translation>Glatt sannsynlighetene først med (piksler)</translation>
    </message>
    <message>
        <source>Something is still running; wait for it or cancel it.</source>
        <translation>Noe kjører fortsatt; vent på det eller avbryt det.</translation>
    </message>
    <message>
        <source>Source scene</source>
        <translation>Kildescene</translation>
    </message>
    <message>
        <source>Source scene of each pixel</source>
        <translation>Kildescene for hver piksel</translation>
    </message>
    <message>
        <source>Spread about the line (NMAD), px</source>
        <translation>Spredning om linjen (NMAD), px</translation>
    </message>
    <message>
        <source>Spread and profiles</source>
        <translation>Spredning og profiler</translation>
    </message>
    <message>
        <source>Squares begin at multiples of their side in the mosaic's CRS and are called after their lower left corner.</source>
        <translation>Rutene begynner ved hele multipler av siden i mosaikkens koordinatsystem og har navn etter hjørnet nede til venstre.</translation>
    </message>
    <message>
        <source>Standard deviation</source>
        <translation>Standardavvik</translation>
    </message>
    <message>
        <source>Standard deviation of a point</source>
        <translation>Standardavvik for et punkt</translation>
    </message>
    <message>
        <source>Standard deviation of the Gaussian that takes the noise out of outlines; 0 leaves the probabilities as they are.</source>
        <translation>Standardavvik for gaussfilteret som tar støyen ut av omriss; 0 lar sannsynlighetene være som de er.</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Step ratios of the seams, {product}</source>
        <translation>Sprangforhold i sømmene, {product}</translation>
    </message>
    <message>
        <source>Systematic error (mean)</source>
        <translation>Systematisk avvik (middelverdi)</translation>
    </message>
    <message>
        <source>Take its layers off the map; everything is saved in the file.</source>
        <translation>Ta lagene bort fra kartet; alt er lagret i filen.</translation>
    </message>
    <message>
        <source>Take kept probabilities instead of running the model again</source>
        <translation>Bruk beholdte sannsynligheter i stedet for å kjøre modellen på nytt</translation>
    </message>
    <message>
        <source>Take the outlines off the map; nothing changes (Escape).</source>
        <translation>Ta omrissene bort fra kartet; ingenting endres (Escape).</translation>
    </message>
    <message>
        <source>Takes away the tilt across the swath, by published coefficients and the scenes' own grids of sun and view angles, before the balance. Scenes without such grids stay as they are.</source>
        <translation>Tar bort skjevheten på tvers av stripen, med publiserte koeffisienter og scenenes egne rutenett av sol- og synsvinkler, før fargene balanseres. Scener uten slike rutenett blir som de er.</translation>
    </message>
    <message>
        <source>The 8-bit mosaic shows {ranges} as 1 to 254, gamma {gamma:g}.</source>
        <translation>8-bits-mosaikken viser {ranges} som 1 til 254, gamma {gamma:g}.</translation>
    </message>
    <message>
        <source>The 8-bit mosaic, brightened.</source>
        <translation>8-bits-mosaikken, gjort lysere.</translation>
    </message>
    <message>
        <source>The Cloud Optimized GeoTIFF to write; it ends in .tif.</source>
        <translation>Filen som skal skrives, en Cloud Optimized GeoTIFF; navnet slutter på .tif.</translation>
    </message>
    <message>
        <source>The GeoPackage that editors work in; it is made where there is none yet, and edited polygons in it are kept.</source>
        <translation>GeoPackage-filen som redigeringen foregår i; den lages der det ikke finnes noen ennå, og redigerte polygoner i den beholdes.</translation>
    </message>
    <message>
        <source>The GeoPackage that editors work in; it knows scenes, tiles and polygons.</source>
        <translation>GeoPackage-filen som redigeringen foregår i; den kjenner scener, ruter og polygoner.</translation>
    </message>
    <message>
        <source>The GeoTIFF to write; 0 is no data, data are 1 to 254.</source>
        <translation>GeoTIFF-filen som skal skrives; 0 er ingen data, data er 1 til 254.</translation>
    </message>
    <message>
        <source>The algorithm {name} is not there; enable the plugin Skyfri again.</source>
        <translation>Algoritmen {name} finnes ikke; slå på programtillegget Skyfri igjen.</translation>
    </message>
    <message>
        <source>The area of each scene in the mosaic; edit it and give it as SEAMLINES to move a seam.</source>
        <translation>Området til hver scene i mosaikken; rediger det og oppgi det som SEAMLINES for å flytte en søm.</translation>
    </message>
    <message>
        <source>The balance is anchored to its colours instead of to the mean of the scenes; it needs a balance other than none.</source>
        <translation>Fargebalansen festes til fargene i dette rasteret i stedet for til snittet av scenene; den krever en annen balanse enn none.</translation>
    </message>
    <message>
        <source>The bands B04 B03 B02 as 1 to 254, joined for the eye; not for measuring.</source>
        <translation>Båndene B04 B03 B02 som 1 til 254, føyd sammen for øyet; ikke til målinger.</translation>
    </message>
    <message>
        <source>The bands that skyfri:threshold judges shadows by; not written for a model that is not given those bands.</source>
        <translation>Båndene som skyfri:threshold vurderer skygger etter; skrives ikke for en modell som ikke får disse båndene.</translation>
    </message>
    <message>
        <source>The cloud layer has unsaved edits; save them first.</source>
        <translation>Skylaget har ulagrede endringer; lagre dem først.</translation>
    </message>
    <message>
        <source>The cloud layer is not in the project; open the workspace again.</source>
        <translation>Skylaget er ikke i prosjektet; åpne arbeidsområdet på nytt.</translation>
    </message>
    <message>
        <source>The day on which each pixel was sensed, in UTC.</source>
        <translation>Dagen hver piksel ble tatt opp, i UTC.</translation>
    </message>
    <message>
        <source>The edited polygons of {scenes} were kept; only their guidelines are new.</source>
        <translation>De redigerte polygonene i {scenes} er beholdt; bare forslagene er nye.</translation>
    </message>
    <message>
        <source>The edits could not be saved ({reason}); they are still there, try again.</source>
        <translation>Endringene kunne ikke lagres ({reason}); de er der fortsatt, prøv igjen.</translation>
    </message>
    <message>
        <source>The first {listed} of {count}; the JSON report lists all.</source>
        <translation>De første {listed} av {count}; JSON-rapporten har alle.</translation>
    </message>
    <message>
        <source>The former guidelines are back.</source>
        <translation>De tidligere forslagene er tilbake.</translation>
    </message>
    <message>
        <source>The identifier of the scene, where a raster from elsewhere does not name it in its tags.</source>
        <translation>Scenens identifikator, når et raster annetstedsfra ikke oppgir den i etikettene sine.</translation>
    </message>
    <message>
        <source>The kept points as x0;y0;dx;dy;score in pixels of A, rows and dy counted downwards, as KARIOS writes them.</source>
        <translation>Punktene som ble beholdt, som x0;y0;dx;dy;score i piksler i A, med rader og dy regnet nedover, slik KARIOS skriver dem.</translation>
    </message>
    <message>
        <source>The kept points farthest from the median, A left and B right, the same piece of the map: the cross marks the feature in each.</source>
        <translation>Punktene som ble beholdt lengst fra medianen, A til venstre og B til høyre, samme utsnitt av kartet: krysset viser objektet i begge.</translation>
    </message>
    <message>
        <source>The last column is how far the local factor goes that dodging and dodging points add.</source>
        <translation>Siste kolonne viser hvor mye den lokale faktoren fra lokal fargebalanse og justeringspunkter varierer.</translation>
    </message>
    <message>
        <source>The layer of cloud polygons {path} is empty, so clouds stay in the mosaic; check that it is the layer you mean.</source>
        <translation>Laget med skypolygoner {path} er tomt, så skyer blir værende i mosaikken; sjekk at det er laget du mener.</translation>
    </message>
    <message>
        <source>The model is drawing this scene; edit it when that is done.</source>
        <translation>Modellen tegner i denne scenen; rediger den når det er ferdig.</translation>
    </message>
    <message>
        <source>The mosaic is ready: {path}</source>
        <translation>Mosaikken er klar: {path}</translation>
    </message>
    <message>
        <source>The mosaic, brightened.</source>
        <translation>Mosaikken, gjort lysere.</translation>
    </message>
    <message>
        <source>The one that suits the scene</source>
        <translation>Den som passer til scenen</translation>
    </message>
    <message>
        <source>The orthos are of two orbits: a wrong elevation in both moves them apart by the difference of the views.</source>
        <translation>Ortobildene er fra to baner: feil høyde i begge flytter dem fra hverandre med forskjellen mellom synsretningene.</translation>
    </message>
    <message>
        <source>The rank of the scene that each pixel comes from, 1 for the first; tags of the file name the scenes.</source>
        <translation>Nummeret til scenen hver piksel kommer fra, 1 for den første; etiketter i filen navngir scenene.</translation>
    </message>
    <message>
        <source>The raster that skyfri:predict wrote.</source>
        <translation>Rasteret som skyfri:predict har skrevet.</translation>
    </message>
    <message>
        <source>The raster that skyfri:threshold wrote.</source>
        <translation>Rasteret som skyfri:threshold har skrevet.</translation>
    </message>
    <message>
        <source>The raster that the classes were made from; each polygon then tells its mean probability.</source>
        <translation>Rasteret som klassene er laget av; hvert polygon forteller da sin gjennomsnittlige sannsynlighet.</translation>
    </message>
    <message>
        <source>The reference {name} differs by {after:.1f} % on such cells, {before:.1f} % before.</source>
        <translation>Referansen {name} avviker med {after:.1f} % på slike celler, {before:.1f} % før.</translation>
    </message>
    <message>
        <source>The run</source>
        <translation>Kjøringen</translation>
    </message>
    <message>
        <source>The same band is used on both sides, for bands differ in geometry; a raster of one band needs none.</source>
        <translation>Samme bånd brukes på begge sider, fordi bånd har ulik geometri; et raster med ett bånd trenger ingen verdi.</translation>
    </message>
    <message>
        <source>The same figures under the identifiers of the standard.</source>
        <translation>De samme tallene under identifikatorene i standarden.</translation>
    </message>
    <message>
        <source>The scene is not in view; zoom to the tile.</source>
        <translation>Scenen er ikke i kartutsnittet; zoom til ruten.</translation>
    </message>
    <message>
        <source>The scenes fall into {count} groups without clear overlap, balanced apart; they may differ in tone.</source>
        <translation>Scenene deler seg i {count} grupper uten felles skyfritt område, balansert hver for seg; de kan ha ulik fargetone.</translation>
    </message>
    <message>
        <source>The status of {tile} was not kept. {reason}</source>
        <translation>Statusen for {tile} ble ikke lagret. {reason}</translation>
    </message>
    <message>
        <source>The step across seams over the step right beside them: 1 cannot be told from the land, the green range no eye tells.</source>
        <translation>Spranget over sømmer delt på spranget rett ved siden av: 1 kan ikke skilles fra terrenget, og innenfor det grønne området er spranget usynlig for øyet.</translation>
    </message>
    <message>
        <source>The workers at {address} gave up ({reason}); look at their logs and run again: finished blocks are kept.</source>
        <translation>Arbeiderne på {address} ga opp ({reason}); se i loggene deres og kjør på nytt: ferdige blokker er tatt vare på.</translation>
    </message>
    <message>
        <source>The workspace could not be read or written ({reason}).</source>
        <translation>Arbeidsområdet kunne ikke leses eller skrives ({reason}).</translation>
    </message>
    <message>
        <source>The worst points</source>
        <translation>De verste punktene</translation>
    </message>
    <message>
        <source>The {shown} worst of {count} pairs are shown.</source>
        <translation>De {shown} dårligste av {count} par er vist.</translation>
    </message>
    <message>
        <source>There is too little seam to measure.</source>
        <translation>Det er for få sømmer til å måle på.</translation>
    </message>
    <message>
        <source>These scenes are in the workspace already.</source>
        <translation>Disse scenene er alt i arbeidsområdet.</translation>
    </message>
    <message>
        <source>They lie in a folder named after the workspace. The dock's sliders need them; a full tile takes 10 to 100 MB.</source>
        <translation>De ligger i en mappe med arbeidsområdets navn. Panelets glidebrytere trenger dem; en hel rute tar 10 til 100 MB.</translation>
    </message>
    <message>
        <source>This scene and those of the neighbouring tiles taken in the same pass, so that their outlines meet.</source>
        <translation>Denne scenen og naborutene tatt i samme passering, slik at omrissene møtes.</translation>
    </message>
    <message>
        <source>This tile is being corrected.</source>
        <translation>Denne ruten er under retting.</translation>
    </message>
    <message>
        <source>This tile is finished; its scenes count as reviewed.</source>
        <translation>Denne ruten er ferdig; scenene regnes som gjennomgått.</translation>
    </message>
    <message>
        <source>Threshold cloud probabilities</source>
        <translation>Sett terskler på skysannsynligheter</translation>
    </message>
    <message>
        <source>Thresholds</source>
        <translation>Terskler</translation>
    </message>
    <message>
        <source>Tile</source>
        <translation>Rute</translation>
    </message>
    <message>
        <source>Tiles</source>
        <translation>Ruter</translation>
    </message>
    <message>
        <source>Tiles (empty: the workspace's)</source>
        <translation>Ruter (tomt: de i arbeidsområdet)</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Tid</translation>
    </message>
    <message>
        <source>To do</source>
        <translation>Å gjøre</translation>
    </message>
    <message>
        <source>Turns probabilities into classes: 0 clear, 1 cloud, 2 shadow, 255 nodata. A cloud needs a pixel above the seed threshold and reaches as far as the grow threshold; patches and holes below the smallest area are removed. With the reflectance that the prediction kept, water is told from shadow and shadows that the model missed are proposed.</source>
        <translation>Gjør sannsynligheter om til klasser: 0 skyfritt, 1 sky, 2 skygge, 255 uten data. En sky må ha en piksel over kjerneterskelen og når så langt som randterskelen; flekker og hull under minste areal fjernes. Med reflektansen som beregningen tok vare på, skilles vann fra skygge, og skygger som modellen ikke fant, foreslås.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Angre</translation>
    </message>
    <message>
        <source>Unit</source>
        <translation>Enhet</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Verdi</translation>
    </message>
    <message>
        <source>Value or percentile that becomes 1</source>
        <translation>Verdi eller persentil som blir 1</translation>
    </message>
    <message>
        <source>Value or percentile that becomes 1 in the 8-bit mosaic</source>
        <translation>Verdi eller persentil som blir 1 i 8-bits-mosaikken</translation>
    </message>
    <message>
        <source>Value or percentile that becomes 254</source>
        <translation>Verdi eller persentil som blir 254</translation>
    </message>
    <message>
        <source>Value or percentile that becomes 254 in the 8-bit mosaic</source>
        <translation>Verdi eller persentil som blir 254 i 8-bits-mosaikken</translation>
    </message>
    <message>
        <source>Values between minimum and maximum are raised to 1 / gamma.</source>
        <translation>Verdier mellom minimum og maksimum opphøyes i 1 / gamma.</translation>
    </message>
    <message>
        <source>Values that became 1, per band</source>
        <translation>Verdier som ble 1, per bånd</translation>
    </message>
    <message>
        <source>Values that became 254, per band</source>
        <translation>Verdier som ble 254, per bånd</translation>
    </message>
    <message>
        <source>Vectorize cloud classes</source>
        <translation>Vektoriser skyklasser</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>Versjoner</translation>
    </message>
    <message>
        <source>Versions as JSON</source>
        <translation>Versjoner som JSON</translation>
    </message>
    <message>
        <source>West, east, south and north, with a CRS in brackets where it is not that of the mosaic.</source>
        <translation>Vest, øst, sør og nord, med et koordinatsystem i hakeparentes når det ikke er mosaikkens.</translation>
    </message>
    <message>
        <source>West, east, south and north, with a CRS in brackets where it is not that of the scene; whole pixels are written.</source>
        <translation>Vest, øst, sør og nord, med et koordinatsystem i hakeparentes når det ikke er scenens; hele piksler skrives.</translation>
    </message>
    <message>
        <source>What lies inside the polygons of a scene is taken from other scenes; without polygons clouds stay in the mosaic.</source>
        <translation>Det som ligger innenfor polygonene til en scene, hentes fra andre scener; uten polygoner blir skyene værende i mosaikken.</translation>
    </message>
    <message>
        <source>When applied, shadows that no cloud can throw are dropped and missing ones proposed; the outlines do not show it yet.</source>
        <translation>Når tersklene brukes, fjernes skygger som ingen sky kan kaste, og manglende foreslås; omrissene viser ikke dette ennå.</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Hvor</translation>
    </message>
    <message>
        <source>Where each scene shows. Numbers are those of the list of scenes; grey: scenes with little area.</source>
        <translation>Hvor i mosaikken hver scene er brukt. Numrene er de samme som i scenelisten; grått: scener med lite areal.</translation>
    </message>
    <message>
        <source>Where one scene is much brighter or darker than the others there: the places to look at first.</source>
        <translation>Der én scene er mye lysere eller mørkere enn de andre samme sted: stedene å se på først.</translation>
    </message>
    <message>
        <source>Where scenes have pixels of this size the mosaic keeps their grid, so that nothing is resampled needlessly.</source>
        <translation>Når scener har piksler av denne størrelsen, beholder mosaikken rutenettet deres, slik at ingenting omregnes unødig.</translation>
    </message>
    <message>
        <source>Where the mosaic stays empty, each with its area: what more scenes are needed for.</source>
        <translation>Der mosaikken forblir tom, hvert sted med sitt areal: det flere scener trengs til.</translation>
    </message>
    <message>
        <source>Where tiles only touch: the shortest part of the edge that has a cloud or shadow on one side only and that is told.</source>
        <translation>Der ruter bare berører hverandre: den korteste delen av kanten med sky eller skygge på bare én side som meldes.</translation>
    </message>
    <message>
        <source>Where tiles overlap: the smallest area that only one of them calls a cloud or shadow and that is told.</source>
        <translation>Der ruter overlapper: det minste arealet som bare én av dem kaller sky eller skygge, og som meldes.</translation>
    </message>
    <message>
        <source>Whole image, at the start</source>
        <translation>Hele bildet, ved start</translation>
    </message>
    <message>
        <source>Why: elevation under the angle of the view</source>
        <translation>Hvorfor: høyde sett under synsvinkelen</translation>
    </message>
    <message>
        <source>Widen clouds and shadows by (metres)</source>
        <translation>Utvid skyer og skygger med (meter)</translation>
    </message>
    <message>
        <source>Width of the linear blend on either side of a seam of the 16-bit mosaic; 0 keeps every pixel of one date.</source>
        <translation>Bredden av den lineære overgangen på hver side av en søm i 16-bits-mosaikken; 0 lar hver piksel komme fra én dato.</translation>
    </message>
    <message>
        <source>Workspace</source>
        <translation>Arbeidsområde</translation>
    </message>
    <message>
        <source>Workspace to store them in</source>
        <translation>Arbeidsområde de skal lagres i</translation>
    </message>
    <message>
        <source>Worst pair: {first} and {second}, {difference:.1f} %.</source>
        <translation>Dårligste par: {first} og {second}, {difference:.1f} %.</translation>
    </message>
    <message>
        <source>Worst windows</source>
        <translation>Dårligste utsnitt</translation>
    </message>
    <message>
        <source>Writes bands of a Sentinel-2 product on one grid as a Cloud Optimized GeoTIFF: reflectance x 10000 with the radiometric offset of the metadata applied, 0 for nodata, bands of 20 m repeated to 10 m. Tags keep scene, sensing time, tile, orbit, level and baseline.</source>
        <translation>Skriver båndene i et Sentinel-2-produkt på ett rutenett som Cloud Optimized GeoTIFF: reflektans x 10000 der det radiometriske tillegget i metadataene er tatt med, 0 der data mangler, 20 m-bånd gjentatt til 10 m. Merker tar vare på scene, opptakstid, rute, bane, nivå og prosesseringsversjon.</translation>
    </message>
    <message>
        <source>You have edited this scene: applying draws its guideline anew and leaves your polygons as they are.</source>
        <translation>Du har redigert denne scenen: forslaget tegnes på nytt, og polygonene dine blir som de er.</translation>
    </message>
    <message>
        <source>Zenith angle that it stands for</source>
        <translation>Senitvinkelen den svarer til</translation>
    </message>
    <message>
        <source>Zenith angle, degrees</source>
        <translation>Senitvinkel, grader</translation>
    </message>
    <message>
        <source>Zenith angles {low:.1f}° to {high:.1f}°.</source>
        <translation>Senitvinkler {low:.1f}° til {high:.1f}°.</translation>
    </message>
    <message>
        <source>Zips, band stacks, netCDF or MTD_*.xml files.</source>
        <translation>Zip-filer, båndstabler, netCDF- eller MTD_*.xml-filer.</translation>
    </message>
    <message>
        <source>Zoom to tile</source>
        <translation>Zoom til ruten</translation>
    </message>
    <message>
        <source>Zoomed out they are found on coarser pixels than when they are applied.</source>
        <translation>Zoomet ut finnes de på grovere piksler enn når de brukes.</translation>
    </message>
    <message>
        <source>after</source>
        <translation>etter</translation>
    </message>
    <message>
        <source>balance</source>
        <translation>fargebalanse</translation>
    </message>
    <message>
        <source>balanced accuracy</source>
        <translation>balansert nøyaktighet</translation>
    </message>
    <message>
        <source>balanced accuracy over the classes</source>
        <translation>balansert nøyaktighet over klassene</translation>
    </message>
    <message>
        <source>before</source>
        <translation>før</translation>
    </message>
    <message>
        <source>both axes</source>
        <translation>begge akser</translation>
    </message>
    <message>
        <source>boundary F1</source>
        <translation>F1 for grenser</translation>
    </message>
    <message>
        <source>choose one of {choices}</source>
        <translation>velg en av {choices}</translation>
    </message>
    <message>
        <source>class</source>
        <translation>klasse</translation>
    </message>
    <message>
        <source>clear</source>
        <translation>klart</translation>
    </message>
    <message>
        <source>cloud</source>
        <translation>sky</translation>
    </message>
    <message>
        <source>cloud for shadow or shadow for cloud</source>
        <translation>sky i stedet for skygge eller omvendt</translation>
    </message>
    <message>
        <source>column of A, pixels (west to east)</source>
        <translation>kolonne i A, piksler (vest til øst)</translation>
    </message>
    <message>
        <source>covered</source>
        <translation>dekket</translation>
    </message>
    <message>
        <source>cpu, cuda, openvino, directml or coreml; an accelerator is trusted only after a window agrees with the processor.</source>
        <translation>cpu, cuda, openvino, directml eller coreml; en akselerator brukes bare når et utsnitt gir samme svar som prosessoren.</translation>
    </message>
    <message>
        <source>date unknown</source>
        <translation>ukjent dato</translation>
    </message>
    <message>
        <source>difference of dates left (was {before:.1f} %)</source>
        <translation>gjenværende forskjell mellom datoer (var {before:.1f} %)</translation>
    </message>
    <message>
        <source>drawn</source>
        <translation>tegnet</translation>
    </message>
    <message>
        <source>drawn as one</source>
        <translation>tegnet som én</translation>
    </message>
    <message>
        <source>drawn but not there</source>
        <translation>tegnet, men ikke der</translation>
    </message>
    <message>
        <source>drawn clear</source>
        <translation>tegnet klart</translation>
    </message>
    <message>
        <source>drawn cloud</source>
        <translation>tegnet sky</translation>
    </message>
    <message>
        <source>drawn in several</source>
        <translation>tegnet som flere</translation>
    </message>
    <message>
        <source>drawn shadow</source>
        <translation>tegnet skygge</translation>
    </message>
    <message>
        <source>dx, to the east</source>
        <translation>dx, mot øst</translation>
    </message>
    <message>
        <source>dx, to the east, about its median: blue less, orange more.</source>
        <translation>dx, mot øst, om medianen: blått mindre, oransje mer.</translation>
    </message>
    <message>
        <source>dy, to the north</source>
        <translation>dy, mot nord</translation>
    </message>
    <message>
        <source>dy, to the north, about its median.</source>
        <translation>dy, mot nord, om medianen.</translation>
    </message>
    <message>
        <source>east, m</source>
        <translation>øst, m</translation>
    </message>
    <message>
        <source>east, px</source>
        <translation>øst, px</translation>
    </message>
    <message>
        <source>edited</source>
        <translation>redigert</translation>
    </message>
    <message>
        <source>en</source>
        <translation>nb</translation>
    </message>
    <message>
        <source>from a percentile of dates ({share})</source>
        <translation>fra en persentil over datoene ({share})</translation>
    </message>
    <message>
        <source>from start to end</source>
        <translation>fra start til slutt</translation>
    </message>
    <message>
        <source>give a number from {low} to {high}</source>
        <translation>oppgi et tall fra {low} til {high}</translation>
    </message>
    <message>
        <source>give a number of at least {low}</source>
        <translation>oppgi et tall som er minst {low}</translation>
    </message>
    <message>
        <source>give true or false</source>
        <translation>oppgi true eller false</translation>
    </message>
    <message>
        <source>guideline</source>
        <translation>forslag</translation>
    </message>
    <message>
        <source>in holes</source>
        <translation>i hull</translation>
    </message>
    <message>
        <source>is clear</source>
        <translation>er klart</translation>
    </message>
    <message>
        <source>is cloud</source>
        <translation>er sky</translation>
    </message>
    <message>
        <source>is shadow</source>
        <translation>er skygge</translation>
    </message>
    <message>
        <source>left, median px</source>
        <translation>rest, median px</translation>
    </message>
    <message>
        <source>local</source>
        <translation>lokalt</translation>
    </message>
    <message>
        <source>mean, east</source>
        <translation>middel, øst</translation>
    </message>
    <message>
        <source>mean, north</source>
        <translation>middel, nord</translation>
    </message>
    <message>
        <source>means of 30-pixel strips</source>
        <translation>middelverdi av 30 piksler brede striper</translation>
    </message>
    <message>
        <source>measuring</source>
        <translation>måling</translation>
    </message>
    <message>
        <source>median to the east</source>
        <translation>median mot øst</translation>
    </message>
    <message>
        <source>median to the north</source>
        <translation>median mot nord</translation>
    </message>
    <message>
        <source>missed</source>
        <translation>ikke funnet</translation>
    </message>
    <message>
        <source>neighbouring pixels</source>
        <translation>nabopiksler</translation>
    </message>
    <message>
        <source>new</source>
        <translation>ny</translation>
    </message>
    <message>
        <source>no smallest area</source>
        <translation>ingen minste flate</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ingen</translation>
    </message>
    <message>
        <source>none: leave them empty; direct: the next clear scene; blended: the same, joined to its surroundings; p25, p50, p75: a percentile of all clear observations of the period, band by band. Bands of one pixel may then come from different dates, so indices are less exact there; SOURCE marks such pixels with an index above the last scene's, and they have no date. Percentiles go with the seams priority and layer.</source>
        <translation>none: la dem stå tomme; direct: neste skyfrie scene; blended: det samme, tilpasset omgivelsene; p25, p50, p75: en persentil av alle skyfrie observasjoner i perioden, bånd for bånd. Båndene i én piksel kan da komme fra ulike datoer, så indekser er mindre nøyaktige der; SOURCE merker slike piksler med en indeks over den siste scenens, og de har ingen dato. Persentiler går sammen med sømmene priority og layer.</translation>
    </message>
    <message>
        <source>none; global: a gain per scene and band; local: a smooth field besides.</source>
        <translation>none: ingen; global: en faktor per scene og bånd; local: i tillegg et jevnt felt.</translation>
    </message>
    <message>
        <source>north, m</source>
        <translation>nord, m</translation>
    </message>
    <message>
        <source>north, px</source>
        <translation>nord, px</translation>
    </message>
    <message>
        <source>not set</source>
        <translation>ikke oppgitt</translation>
    </message>
    <message>
        <source>not used</source>
        <translation>ikke brukt</translation>
    </message>
    <message>
        <source>nothing but places without data</source>
        <translation>bare steder uten data</translation>
    </message>
    <message>
        <source>percentile {percent} of the clear observations of {count} scenes, band by band, in holes</source>
        <translation>persentil {percent} av de skyfrie observasjonene fra {count} scener, bånd for bånd, i hull</translation>
    </message>
    <message>
        <source>pixels</source>
        <translation>piksler</translation>
    </message>
    <message>
        <source>pixels 5 apart</source>
        <translation>piksler med avstand 5</translation>
    </message>
    <message>
        <source>places shown that disagree with the other dates: cloud left?</source>
        <translation>steder i mosaikken som avviker fra de andre datoene: gjenværende sky?</translation>
    </message>
    <message>
        <source>planning</source>
        <translation>planlegging</translation>
    </message>
    <message>
        <source>points</source>
        <translation>punkter</translation>
    </message>
    <message>
        <source>points kept of {count}</source>
        <translation>punkter beholdt av {count}</translation>
    </message>
    <message>
        <source>precision</source>
        <translation>presisjon</translation>
    </message>
    <message>
        <source>priority: the first clear scene; optimal: a minimum cut where scenes agree, away from clouds and from places that the other dates contradict, by which the order hardly counts; layer: the polygons given.</source>
        <translation>priority: den første skyfrie scenen; optimal: et minimalt snitt der scenene er like, unna skyer og steder som de andre datoene motsier, slik at rekkefølgen nesten ikke teller; layer: de oppgitte polygonene.</translation>
    </message>
    <message>
        <source>recall</source>
        <translation>gjenfinning</translation>
    </message>
    <message>
        <source>reduced copies</source>
        <translation>reduserte kopier</translation>
    </message>
    <message>
        <source>rendering</source>
        <translation>sammensetting</translation>
    </message>
    <message>
        <source>report</source>
        <translation>rapport</translation>
    </message>
    <message>
        <source>row of A, pixels (north to south)</source>
        <translation>rad i A, piksler (nord til sør)</translation>
    </message>
    <message>
        <source>scene</source>
        <translation>scene</translation>
    </message>
    <message>
        <source>seams</source>
        <translation>sømmer</translation>
    </message>
    <message>
        <source>shadow</source>
        <translation>skygge</translation>
    </message>
    <message>
        <source>smallest area {area:g} ha on both sides</source>
        <translation>minste flate {area:g} ha på begge sider</translation>
    </message>
    <message>
        <source>step across seams, 1 is invisible</source>
        <translation>sprang over sømmer, 1 er usynlig</translation>
    </message>
    <message>
        <source>true</source>
        <translation>sanne</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>ukjent</translation>
    </message>
    <message>
        <source>unknown reason</source>
        <translation>ukjent årsak</translation>
    </message>
    <message>
        <source>within 0.3 pixels</source>
        <translation>innenfor 0,3 piksler</translation>
    </message>
    <message>
        <source>within 1 pixel</source>
        <translation>innenfor 1 piksel</translation>
    </message>
    <message>
        <source>without a clear date ({share:.2f} %)</source>
        <translation>uten skyfri dato ({share:.2f} %)</translation>
    </message>
    <message>
        <source>writing</source>
        <translation>skriving</translation>
    </message>
    <message>
        <source>{area} in {count} places are covered but clear on no date; they stay empty. The largest:</source>
        <translation>{area} fordelt på {count} steder er dekket av scener, men aldri skyfritt; det blir stående tomt. De største:</translation>
    </message>
    <message>
        <source>{a} against {b}</source>
        <translation>{a} mot {b}</translation>
    </message>
    <message>
        <source>{band} {low} to {high}</source>
        <translation>{band} {low} til {high}</translation>
    </message>
    <message>
        <source>{brought} beside those of QGIS ({own}), which mix to wrong coordinates and a crash; run: {command}</source>
        <translation>{brought} ved siden av dem i QGIS ({own}); blandingen gir feil koordinater og krasj; kjør: {command}</translation>
    </message>
    <message>
        <source>{cols} × {rows} pixels of {pixel_m:g} m, {bands} bands</source>
        <translation>{cols} × {rows} piksler på {pixel_m:g} m, {bands} bånd</translation>
    </message>
    <message>
        <source>{count} cells</source>
        <translation>{count} celler</translation>
    </message>
    <message>
        <source>{count} more could not be opened, see the log.</source>
        <translation>{count} til kunne ikke åpnes, se loggen.</translation>
    </message>
    <message>
        <source>{count} of {all} scenes were normalised to the view from the vertical before.</source>
        <translation>{count} av {all} scener ble først normalisert til å være sett rett ovenfra.</translation>
    </message>
    <message>
        <source>{count} workers at {address}</source>
        <translation>{count} arbeidere på {address}</translation>
    </message>
    <message>
        <source>{done} of {count} tiles are done</source>
        <translation>{done} av {count} ruter er ferdige</translation>
    </message>
    <message>
        <source>{first} and {second}</source>
        <translation>{first} og {second}</translation>
    </message>
    <message>
        <source>{first} to {last}</source>
        <translation>{first} til {last}</translation>
    </message>
    <message>
        <source>{given:+.1f} % (asked {asked:+g} %)</source>
        <translation>{given:+.1f} % (bedt om {asked:+g} %)</translation>
    </message>
    <message>
        <source>{kept} of {tried} points kept</source>
        <translation>{kept} av {tried} punkter beholdt</translation>
    </message>
    <message>
        <source>{low:+.1f} to {high:+.1f} %</source>
        <translation>{low:+.1f} til {high:+.1f} %</translation>
    </message>
    <message>
        <source>{name} cannot be edited; check that the workspace's file and folder are writable.</source>
        <translation>{name} kan ikke redigeres; sjekk at filen og mappen til arbeidsområdet er skrivbare.</translation>
    </message>
    <message>
        <source>{name} cannot be read as polygons; check that the layer is there.</source>
        <translation>{name} kan ikke leses som polygoner; sjekk at laget finnes.</translation>
    </message>
    <message>
        <source>{name} holds {text}, which is no list of numbers; write one as 3000, or one per band as 3000 2800 2600.</source>
        <translation>{name} inneholder {text}, som ikke er en liste med tall; skriv ett som 3000, eller ett per bånd som 3000 2800 2600.</translation>
    </message>
    <message>
        <source>{name} is empty; give west,east,south,north [CRS] with west &lt; east and south &lt; north.</source>
        <translation>{name} er tom; oppgi vest,øst,sør,nord [koordinatsystem] med vest &lt; øst og sør &lt; nord.</translation>
    </message>
    <message>
        <source>{name} is loaded {count} times ({files}); find what brings the second one and remove it.</source>
        <translation>{name} er lastet {count} ganger ({files}); finn ut hva som har med den andre, og fjern det.</translation>
    </message>
    <message>
        <source>{name} is missing; give the path of the file to write.</source>
        <translation>{name} mangler; oppgi stien til filen som skal skrives.</translation>
    </message>
    <message>
        <source>{name} is no raster file; give a scene, or a raster layer that GDAL reads.</source>
        <translation>{name} er ingen rasterfil; oppgi en scene, eller et rasterlag som GDAL kan lese.</translation>
    </message>
    <message>
        <source>{name} is {path}, but rasters are written as GeoTIFF; choose a name that ends in .tif.</source>
        <translation>{name} er {path}, men raster skrives som GeoTIFF; velg et navn som slutter på .tif.</translation>
    </message>
    <message>
        <source>{name} is {path}, which is no file; give the path of a file.</source>
        <translation>{name} er {path}, som ikke er en fil; oppgi stien til en fil.</translation>
    </message>
    <message>
        <source>{name} is {path}, which is {other} as well; choose another file.</source>
        <translation>{name} er {path}, som også er {other}; velg en annen fil.</translation>
    </message>
    <message>
        <source>{name} is {text}, which is no known CRS; give a code such as EPSG:25833.</source>
        <translation>{name} er {text}, som ikke er et kjent koordinatsystem; oppgi en kode som EPSG:25833.</translation>
    </message>
    <message>
        <source>{name} is {text}; give a percentile of 0% to 100%.</source>
        <translation>{name} er {text}; oppgi en persentil fra 0% til 100%.</translation>
    </message>
    <message>
        <source>{name} is {text}; give numbers, or one percentile such as 0.5%.</source>
        <translation>{name} er {text}; oppgi tall, eller én persentil som 0.5%.</translation>
    </message>
    <message>
        <source>{name} is {value}; {remedy}.</source>
        <translation>{name} er {value}; {remedy}.</translation>
    </message>
    <message>
        <source>{name} names {count} files; give one.</source>
        <translation>{name} viser til {count} filer; oppgi én.</translation>
    </message>
    <message>
        <source>{name} with its unsaved edits cannot be copied ({reason}).</source>
        <translation>{name} med ulagrede endringer kan ikke kopieres ({reason}).</translation>
    </message>
    <message>
        <source>{name}: mosaic report</source>
        <translation>{name}: mosaikkrapport</translation>
    </message>
    <message>
        <source>{package} from {folder} brings its own {names}</source>
        <translation>{package} fra {folder} har med seg egne {names}</translation>
    </message>
    <message>
        <source>{package} is installed but cannot be loaded ({reason}); run: {command}</source>
        <translation>{package} er installert, men kan ikke lastes ({reason}); kjør: {command}</translation>
    </message>
    <message>
        <source>{package} runs on {name} {version} but QGIS on {name} {own}; run: {command}</source>
        <translation>{package} bruker {name} {version}, mens QGIS bruker {name} {own}; kjør: {command}</translation>
    </message>
    <message>
        <source>{path} could not be opened ({reason}).</source>
        <translation>{path} kunne ikke åpnes ({reason}).</translation>
    </message>
    <message>
        <source>{path} holds no Sentinel-2 product; give a product or a folder of products.</source>
        <translation>{path} inneholder ikke noe Sentinel-2-produkt; oppgi et produkt eller en mappe med produkter.</translation>
    </message>
    <message>
        <source>{path} holds {count} scenes; give one of them, such as {first}.</source>
        <translation>{path} inneholder {count} scener; oppgi én av dem, for eksempel {first}.</translation>
    </message>
    <message>
        <source>{reason} Skyfri goes on trying, and you can go on working.</source>
        <translation>{reason} Skyfri prøver videre, og du kan arbeide videre imens.</translation>
    </message>
    <message>
        <source>{scene}: {wrong:.0%} differs; {west:.0f} {south:.0f} to {east:.0f} {north:.0f}</source>
        <translation>{scene}: {wrong:.0%} er ulikt; {west:.0f} {south:.0f} til {east:.0f} {north:.0f}</translation>
    </message>
    <message>
        <source>{time} in all.</source>
        <translation>{time} i alt.</translation>
    </message>
    <message>
        <source>{title} (not installed)</source>
        <translation>{title} (ikke installert)</translation>
    </message>
    <message>
        <source>{title} failed.</source>
        <translation>{title} mislyktes.</translation>
    </message>
</context>
</TS>
