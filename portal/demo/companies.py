"""The customers of the demo company: all invented. Name, industry and town; the first ones matter
most.
"""

FR = """
Forges de Valmeyrac|manufacturing|Saint-Chély
Laboratoires Ostrevant|pharmaceuticals|Douai
Transports Quéméneur|logistics|Quimper
Fromageries du Haut-Salève|food|Annecy
Clinique des Trois Ormeaux|health care|Angers
Verrerie de Sermaize|manufacturing|Reims
Coopérative Terres d'Albret|food|Nérac
Papeteries Malleval|manufacturing|Annonay
Chantiers de l'Estacade|shipbuilding|Saint-Nazaire
Mutuelle du Vercors|insurance|Valence
Cartonneries Brissac|manufacturing|Cholet
Maison Rouvière|retail|Lyon
Câbleries de Givors|manufacturing|Givors
Eaux du Lubéron|utilities|Apt
Biscuiterie Kerouanton|food|Vannes
Aciers Delaunay|manufacturing|Denain
Hospices de la Bresse|health care|Bourg-en-Bresse
Transit Canal du Midi|logistics|Castelnaudary
Optique Vauquelin|manufacturing|Morez
Groupe Scolaire Montferrand|education|Clermont-Ferrand
Moulins de Champlitte|food|Langres
Textiles Fontanges|manufacturing|Roubaix
Ardoisières d'Anjou-Loire|construction|Trélazé
Banque Régionale Cadillan|banking|Bordeaux
Plastiques Morvillier|manufacturing|Oyonnax
Distribution Saint-Aubin|retail|Rennes
Énergies du Roannais|utilities|Roanne
Horlogerie Besançon-Granvelle|manufacturing|Besançon
Pharmacies Réunies du Léman|retail|Thonon
Scieries Hautes Chaumes|manufacturing|Épinal
Aéro Composites Bigorre|aerospace|Tarbes
Conserverie La Houle|food|Cancale
Messageries du Forez|logistics|Montbrison
Nautisme Porquerolles|retail|Hyères
Sucrerie d'Ermenonville|food|Senlis
Imprimerie Desrousseaux|media|Lille
Cristallerie Baccanel|manufacturing|Lunéville
Ferme des Grands Causses|food|Millau
Roulements Thévenin|manufacturing|Cluses
Salaisons Lacaune-Bas|food|Lacaune
Assurances Maritimes Surcouf|insurance|Saint-Malo
Thermes de Montbrun|health care|Montbrun
Élodie Marchetel, architecte|professional services|Nantes
"""
IT = """
Cartiere Monteverdi|manufacturing|Fabriano
Aurelia Pharma|pharmaceuticals|Latina
Officine Bellandi|manufacturing|Brescia
Pastificio Torregrande|food|Gragnano
Ospedale San Rocco di Varzi|health care|Pavia
Ceramiche Valdorcia|manufacturing|Sassuolo
Trasporti Fratelli Zanon|logistics|Verona
Vetrerie Muranesi Riunite|manufacturing|Murano
Banca Popolare del Frignano|banking|Modena
Cantine Rocca dei Falchi|food|Alba
Tessitura Valsesia|manufacturing|Borgosesia
Acciaierie del Piave|manufacturing|Belluno
Caseificio Montelupo|food|Reggio Emilia
Assicurazioni Levante|insurance|Genova
Concerie del Chiampo|manufacturing|Arzignano
Logistica Adriatica|logistics|Ancona
Ferramenta Colombera|retail|Bergamo
Acque del Gargano|utilities|Foggia
Meccanica Due Torri|manufacturing|Bologna
Oleificio Sant'Elpidio|food|Fermo
Gruppo Scuole Leopardi|education|Macerata
Cantieri del Tigullio|shipbuilding|Chiavari
Stampaggio Canavese|manufacturing|Ivrea
Erboristeria Monterosa|retail|Aosta
Farmaceutici Bramante|pharmaceuticals|Urbino
Mobilificio Ca' del Bosco|manufacturing|Pordenone
Energia Valtellina|utilities|Sondrio
Salumificio Roncaglia|food|Piacenza
Gioielli Vallescura|retail|Valenza
Tipografia Manzolini|media|Trento
Autotrasporti Spluga|logistics|Chiavenna
Laterizi Montalcinello|construction|Siena
Clinica Villa Serena al Lago|health care|Como
Molini di Castelnovo|food|Cuneo
Plastica Irpinia|manufacturing|Avellino
Riseria Lomellina|food|Mortara
Cooperativa Sociale Arcobaleno|health care|Parma
Filati Biellesi Associati|manufacturing|Biella
Aeronautica Pontina|aerospace|Aprilia
Terme di Casteldoria|health care|Sassari
Pelletteria Arnolfi|manufacturing|Firenze
Torrefazione Borgo Antico|food|Trieste
Ditta Silvano Pedrotti|construction|Rovereto
"""
DE = """
Brenner Logistik|logistics|Rosenheim
Hallertau Brauwerke|food|Mainburg
Klinikum Nordwalde|health care|Münster
Maschinenfabrik Ostertag|manufacturing|Heilbronn
Werra Kali und Salz|mining|Bad Hersfeld
Stadtwerke Lindenau|utilities|Leipzig
Elbtal Porzellan|manufacturing|Meißen
Feinmechanik Kötter|manufacturing|Jena
Rheingau Versicherung|insurance|Wiesbaden
Bäckerei Grünwald Gruppe|food|Nürnberg
Schiffswerft Emsland|shipbuilding|Papenburg
Sauerland Armaturen|manufacturing|Olsberg
Havel Pharma|pharmaceuticals|Potsdam
Textilwerk Plauen|manufacturing|Plauen
Spedition Wolkenstein|logistics|Chemnitz
Taunus Optik|manufacturing|Wetzlar
Altmark Saatzucht|food|Stendal
Niederrhein Container|logistics|Duisburg
Vogtland Musikbau|manufacturing|Markneukirchen
Molkerei Allgäuer Land|food|Kempten
Kreissparkasse Hohenfels|banking|Hohenfels
Druckhaus Weserbogen|media|Minden
Gießerei Lauterbach|manufacturing|Siegen
Möbelwerke Lippe-Detmold|manufacturing|Detmold
Saarländische Stahlbau|construction|Völklingen
Ostsee Fischverbund|food|Stralsund
Uckermark Agrar|food|Prenzlau
Hochschule Eifelland|education|Bitburg
Zahnradwerk Neckarsulm-Süd|manufacturing|Neckarsulm
Kurbetriebe Bad Ellersee|health care|Bad Ellersee
Papierfabrik Isartal|manufacturing|Bad Tölz
Modehaus Tannhäuser|retail|Dresden
Luftfahrttechnik Finkenwerder|aerospace|Hamburg
Chemiepark Lausitz|chemicals|Schwarzheide
Drogerie Sonnenblick|retail|Kassel
"""
CH = """
Emmental Präzision|manufacturing|Burgdorf
Banque Privée Valangin|banking|Neuchâtel
Cliniche Ceresio|health care|Lugano
Jura Mouvements|manufacturing|Delémont
Bündner Holz|manufacturing|Chur
Rhône Chimie Monthey|chemicals|Monthey
Säntis Milchwerke|food|Appenzell
Ticino Trasporti|logistics|Bellinzona
Lavaux Assurances|insurance|Vevey
Glarner Textil|manufacturing|Glarus
Engadin Bergbahnen|leisure|Samedan
Kantonsspital Wildegg|health care|Aarau
Chocolaterie Grandson|food|Yverdon
Limmat Werkzeugbau|manufacturing|Baden
Services Industriels d'Ajoie|utilities|Porrentruy
Zuger Rohstoffhandel|trade|Zug
Verzasca Graniti|construction|Locarno
Walensee Pharma|pharmaceuticals|Walenstadt
Sion Distribution|retail|Sion
"""
GB = """
Pennine Bearings|manufacturing|Huddersfield
Strathmorven Distillers|food|Inverness
Cotswold Dairies|food|Cirencester
Tamar Marine Engineering|shipbuilding|Plymouth
Fenland Produce|food|Wisbech
Mersey Container Lines|logistics|Liverpool
Ashdown General Hospital Trust|health care|Crawley
Ridgeway Building Society|banking|Swindon
Caldbeck Aerospace|aerospace|Carlisle
Whitby & Sandsend Printers|media|Whitby
Clyde Valley Water|utilities|Motherwell
Harlow Polymers|manufacturing|Harlow
Ottery Paper Mills|manufacturing|Exeter
Brackenridge Insurance|insurance|Leeds
Kestrel Freight|logistics|Felixstowe
Lune Valley Schools Trust|education|Lancaster
Thornbury Ceramics|manufacturing|Stoke-on-Trent
Saltmarsh Brewery|food|Ipswich
Wexcombe Pharmacies|retail|Marlborough
Malvern Optics|manufacturing|Worcester
Lindisfarne Foods|food|Berwick
Severn Bore Logistics|logistics|Gloucester
Gwendraeth Steel|manufacturing|Llanelli
Antrim Linen|manufacturing|Ballymena
Dunmore Joinery, T. Callaghan|construction|Armagh
"""
ES = """
Aceites Sierra Morena|food|Jaén
Siderurgia del Nervión|manufacturing|Barakaldo
Cerámicas La Plana|manufacturing|Castellón
Conservas Ría de Arousa|food|Vilagarcía
Transportes Ebro Medio|logistics|Zaragoza
Hospital Virgen del Robledo|health care|Salamanca
Bodegas Valdehuerta|food|Logroño
Aguas de Pedralba|utilities|Valencia
Textil Garrotxa|manufacturing|Olot
Papelera Oria|manufacturing|Tolosa
Seguros Bahía Norte|insurance|Santander
Astilleros del Odiel|shipbuilding|Huelva
Farmacéutica Guadarrama|pharmaceuticals|Segovia
Muebles Yecla Sur|manufacturing|Yecla
Cítricos Mareny|food|Sueca
"""
BE = """
Brouwerij Ter Leie|food|Kortrijk
Aciéries de l'Ourthe|manufacturing|Liège
Cliniques du Condroz|health care|Dinant
Scheldt Terminals|logistics|Antwerpen
Haspengouw Fruit|food|Sint-Truiden
Verreries de Charlemont|manufacturing|Charleroi
Chocolaterie Van Assche|food|Gent
Assurances Brabançonnes|insurance|Wavre
Kempen Metaal|manufacturing|Turnhout
Tissages de Tournai|manufacturing|Tournai
Imprimerie du Beffroi|media|Namur
"""
NL = """
Westland Glastuinbouw|food|Naaldwijk
Zeeuwse Scheepsbouw|shipbuilding|Vlissingen
IJssel Zuivel|food|Deventer
Maasvlakte Bulk|logistics|Rotterdam
Veluwe Papier|manufacturing|Apeldoorn
Ziekenhuis Drentse Aa|health care|Assen
Eemshaven Energie|utilities|Delfzijl
Brabant Machinebouw|manufacturing|Eindhoven
Delfland Pharma|pharmaceuticals|Delft
Haarlem Drukkers|media|Haarlem
Twente Textiel|manufacturing|Enschede
Noordzee Vis|food|IJmuiden
"""
US = """
Blue Heron Medical Devices|health care|Duluth
Tuckahoe Precision Castings|manufacturing|Richmond
Prairie Junction Foods|food|Salina
Cumberland Gap Tools|manufacturing|Knoxville
Lake Pepin Brewing|food|Red Wing
Calloway Freight Systems|logistics|Memphis
Northfield Paper & Board|manufacturing|Appleton
Sandia Ridge Aerospace|aerospace|Albuquerque
Harbor Light Insurance|insurance|Portland
Ozark Valley Dairies|food|Springfield
Kennebec Shipwrights|shipbuilding|Bath
Mesa Verde Water District|utilities|Durango
"""
ENTITIES = {
    # company of Halden Systems: where it is, then the other countries whose customers it invoices
    "Halden Systems SAS": ("FR", "BE", "ES"),
    "Halden Systems S.r.l.": ("IT",),
    "Halden Systems GmbH": ("DE", "NL"),
    "Halden Systems AG": ("CH",),
    "Halden Systems Ltd": ("GB",),
    "Halden Systems Inc.": ("US",),
}
PLACES: dict[str, tuple[str, str, str, tuple[str, ...], tuple[str, ...], str]] = {
    # country: names, zone, currency, languages, customer success managers, region
    "FR": (FR, "Europe/Paris", "EUR", ("fr",), ("csm", "csm", "brun"), "South"),
    "IT": (IT, "Europe/Rome", "EUR", ("it",), ("csm2", "galli"), "South"),
    "DE": (DE, "Europe/Berlin", "EUR", ("en",), ("haas",), "North"),
    "CH": (CH, "Europe/Zurich", "CHF", ("fr", "it", "en"), ("roth",), "North"),
    "GB": (GB, "Europe/London", "GBP", ("en",), ("nkemelu",), "North"),
    "ES": (ES, "Europe/Madrid", "EUR", ("fr", "en"), ("ortega",), "South"),
    "BE": (BE, "Europe/Brussels", "EUR", ("fr",), ("brun",), "South"),
    "NL": (NL, "Europe/Amsterdam", "EUR", ("en",), ("dejong",), "North"),
    "US": (US, "America/Chicago", "USD", ("en",), ("whitlock",), "North"),
}
FIRST: dict[str, tuple[str, ...]] = {
    "FR": (
        "Hélène",
        "Gérard",
        "Lucas",
        "Aurélie",
        "Thierry",
        "Sandrine",
        "Mathieu",
        "Odile",
        "Karim",
        "Pascale",
    ),
    "IT": (
        "Alessandra",
        "Giorgio",
        "Federica",
        "Stefano",
        "Lucia",
        "Renato",
        "Ilaria",
        "Massimo",
        "Paola",
        "Emanuele",
    ),
    "DE": (
        "Sabine",
        "Jürgen",
        "Katrin",
        "Holger",
        "Anja",
        "Dietmar",
        "Ulrike",
        "Sven",
        "Petra",
        "Matthias",
    ),
    "CH": (
        "Regula",
        "Beat",
        "Laurence",
        "Fabrizio",
        "Nathalie",
        "Urs",
        "Claudia",
        "Yves",
        "Daniela",
        "Reto",
    ),
    "GB": (
        "Margaret",
        "Alastair",
        "Priya",
        "Gareth",
        "Fiona",
        "Desmond",
        "Harriet",
        "Nigel",
        "Aisha",
        "Callum",
    ),
    "ES": ("Carmen", "Íñigo", "Rocío", "Javier", "Nuria", "Álvaro", "Pilar", "Gonzalo"),
    "BE": ("An", "Luc", "Véronique", "Pieter", "Martine", "Bart", "Isabelle", "Koen"),
    "NL": ("Marieke", "Joost", "Wilma", "Ruben", "Anouk", "Hans", "Femke", "Bas"),
    "US": ("Linda", "Curtis", "Maya", "Doug", "Angela", "Ray", "Denise", "Hank"),
}
LAST: dict[str, tuple[str, ...]] = {
    "FR": (
        "Vasseur",
        "Montcalm",
        "Tessier",
        "Garrigue",
        "Le Bihan",
        "Pommier",
        "Chastagner",
        "Rolland",
        "Bensaïd",
        "Malherbe",
        "Cazaux",
        "Thibault",
    ),
    "IT": (
        "Torelli",
        "Bassani",
        "Ricchetti",
        "Lombardini",
        "Cavallo",
        "Spadaro",
        "Ferrante",
        "Zorzi",
        "Mancuso",
        "Gualtieri",
        "Poletti",
        "Serra",
    ),
    "DE": (
        "Hartung",
        "Brückner",
        "Eichhorn",
        "Lindemann",
        "Voss",
        "Reuter",
        "Schwarzkopf",
        "Tiedemann",
        "Baumgart",
        "Kessler",
    ),
    "CH": (
        "Zumthor",
        "Aebischer",
        "Jeanneret",
        "Bernasconi",
        "Caduff",
        "Reymond",
        "Imhof",
        "Pedrazzini",
    ),
    "GB": (
        "Fairclough",
        "McAllister",
        "Ellingham",
        "Prosser",
        "Oyelaran",
        "Hathersage",
        "Birtwhistle",
        "Sandhu",
    ),
    "ES": ("Arrizabalaga", "Quintanilla", "Barreiro", "Montesinos", "Lledó", "Olmedo"),
    "BE": ("Vandenbroucke", "Lambiotte", "Claes", "Dewaele", "Hermans", "Delvigne"),
    "NL": ("Dijkstra", "van der Meulen", "Hoekstra", "Bakker", "Verhagen", "Postma"),
    "US": ("Whitaker", "Ostrowski", "Delgado", "Brannigan", "Nakamura", "Haskell"),
}
