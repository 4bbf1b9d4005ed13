"""Small tables that generated instructions take their values and their turns of phrase from, written for this."""

GIVEN = (
    "Alice Bob Carol David Emma Frank Grace Henry Irene Jack Karen Liam Maria Nathan Olivia Peter Quinn Rachel Samuel "
    "Teresa Umar Victor Wendy Xavier Yolanda Zoe Ahmed Bianca Carlos Daniela Elena Felix Giulia Hassan Ingrid Jorge "
    "Keiko "
    "Lena Mateo Nadia Oscar Priya Rafael Sofia Tomás Ulrike Vikram Wei Yuki Zara Ben Chloe Dmitri Esther Farid Hannah "
    "Isaac Julia Kofi Lucas Mina Noah Paula Ravi Sara Thomas Anna John Mary Steve Laura Mark Kate Paul Linda"
).split()
FAMILY = (
    "Adams Baker Chen Davies Evans Fischer Garcia Hughes Ivanov Johnson Kim Lopez Miller Nguyen Okafor Patel Quispe "
    "Rossi Schmidt Tanaka Usman Vogel Walker Xu Young Zimmer Brown Costa Dubois Eriksen Ferrari Gomez Hill Ito Jensen "
    "Kowalski Larsen Moreau Novak O'Brien Park Reyes Silva Taylor Ueda Varga Wright Yilmaz Anders Bianchi Carter Doyle"
).split()
PLACES = """Boston|MA|USA
Chicago|IL|USA
New York|NY|USA
San Francisco|CA|USA
Los Angeles|CA|USA
Seattle|WA|USA
Austin|TX|USA
Houston|TX|USA
Denver|CO|USA
Miami|FL|USA
Portland|OR|USA
Atlanta|GA|USA
Phoenix|AZ|USA
San Diego|CA|USA
Las Vegas|NV|USA
Nashville|TN|USA
Detroit|MI|USA
Minneapolis|MN|USA
Philadelphia|PA|USA
New Orleans|LA|USA
Salt Lake City|UT|USA
St. Louis|MO|USA
Palo Alto|CA|USA
Santa Fe|NM|USA
Columbus|OH|USA
Toronto||Canada
Vancouver||Canada
London||United Kingdom
Manchester||United Kingdom
Edinburgh||United Kingdom
Dublin||Ireland
Paris||France
Lyon||France
Berlin||Germany
Munich||Germany
Hamburg||Germany
Vienna||Austria
Zurich||Switzerland
Rome||Italy
Milan||Italy
Madrid||Spain
Barcelona||Spain
Lisbon||Portugal
Amsterdam||Netherlands
Brussels||Belgium
Copenhagen||Denmark
Stockholm||Sweden
Oslo||Norway
Helsinki||Finland
Warsaw||Poland
Prague||Czech Republic
Budapest||Hungary
Athens||Greece
Istanbul||Turkey
Moscow||Russia
Cairo||Egypt
Nairobi||Kenya
Lagos||Nigeria
Cape Town||South Africa
Dubai||United Arab Emirates
Mumbai||India
New Delhi||India
Bangalore||India
Singapore||Singapore
Bangkok||Thailand
Hanoi||Vietnam
Jakarta||Indonesia
Manila||Philippines
Tokyo||Japan
Osaka||Japan
Kyoto||Japan
Seoul||South Korea
Beijing||China
Shanghai||China
Hong Kong||China
Sydney||Australia
Melbourne||Australia
Auckland||New Zealand
São Paulo||Brazil
Rio de Janeiro||Brazil
Buenos Aires||Argentina
Santiago||Chile
Lima||Peru
Bogotá||Colombia
Mexico City||Mexico"""
STATES = (
    "California,Texas,Florida,New York,Ohio,Georgia,Oregon,Washington,Colorado,Nevada,Arizona,Illinois,Michigan,"
    "Virginia,North Carolina,Massachusetts,Utah,Alaska,Hawaii,New Jersey,Ontario,Bavaria,Queensland,Catalonia"
).split(",")
STREETS = (
    "Main Street,Oak Lane,Elm Avenue,Park Road,Hill Street,Lake Drive,Church Road,Mill Lane,Sunset Boulevard,High "
    "Street,Station Road,Broadway"
).split(",")
LANGUAGES = (
    "English,French,German,Spanish,Italian,Portuguese,Japanese,Chinese,Korean,Arabic,Hindi,Dutch,Polish,Turkish,"
    "Swedish,Greek"
).split(",")
LANGUAGE_CODES = "en,fr,de,es,it,pt,ja,zh,ko,ar,hi,nl,en-US,pt-BR,de-DE".split(",")
CURRENCIES = "USD,EUR,GBP,JPY,CHF,CAD,AUD,INR,CNY,SEK,BRL,MXN".split(",")
COUNTRY_CODES = "US,DE,FR,GB,JP,IN,BR,CA,AU,IT,ES,NL,SE".split(",")
TIMEZONES = (
    "Europe/Berlin,America/New_York,Asia/Tokyo,UTC,America/Los_Angeles,Europe/London,Asia/Kolkata,Australia/Sydney,"
    "EST,CET,PST"
).split(",")
REGIONS = (
    "us-east-1,us-west-2,eu-west-1,eu-central-1,ap-southeast-2,westeurope,eastus,northeurope,us-central1,europe-west4,"
    "asia-east1,East US 2"
).split(",")
COMPANIES = (
    "Acme,Globex,Northwind,Contoso,Fabrikam,Blue Harbor,Initech,Sunrise Foods,Redwood Partners,Pinnacle Health,Orbit "
    "Labs,"
    "Silverline,Maple & Sons,Vertex Motors,Kestrel Air,Lumen Energy,Harvest Market,Atlas Freight,Beacon Media,Quantum "
    "Dynamics,"
    "Tesla,Apple,Microsoft,Amazon,Google,Netflix,Toyota,Siemens,Nike,Sony,IBM,Intel"
).split(",")
PRODUCTS = (
    "wireless headphones,office chair,running shoes,coffee maker,gaming laptop,yoga mat,desk lamp,leather wallet,"
    "water bottle,"
    "mechanical keyboard,winter jacket,electric kettle,phone case,mountain bike,smart watch,sunglasses,air fryer,tent,"
    "backpack,"
    "iPhone 15,Galaxy S24,MacBook Pro,ThinkPad X1,PlayStation 5,Kindle,Model 3,Roomba,espresso machine,standing desk,"
    "4K monitor"
).split(",")
COLORS = (
    "red,blue,green,yellow,orange,purple,black,white,gray,pink,brown,dark blue,light green,navy,teal,crimson"
).split(",")
ADJECTIVES = (
    "blue green fast quiet bright daily weekly monthly annual central public private internal main backup primary "
    "staging "
    "prod dev test demo legacy new shared regional global local mobile secure early winter summer north south urgent"
).split()
NOUNS = (
    "report budget orders invoice cluster gateway archive newsletter campaign backup pipeline dashboard inventory "
    "payroll survey "
    "portal release roadmap workshop catalog ledger feed bucket queue worker vault site store lab studio team review "
    "launch "
    "onboarding contract audit forecast timeline menu playlist album journal"
).split()
TOPICS = (
    "climate change,machine learning,the French Revolution,renewable energy,healthy recipes,remote work,space "
    "exploration,"
    "Roman history,electric cars,quantum computing,jazz music,home gardening,data privacy,interest rates,marathon "
    "training,"
    "ancient Egypt,organic farming,modern art,supply chains,football transfers,solar panels,vegan desserts,stock "
    "prices,"
    "travel insurance,sleep quality,childhood education,cloud security,urban planning,blockchain,coral reefs,World "
    "War II,"
    "cheap flights,data engineer,software developer,used books,science fiction,Italian food,sushi,black holes,city "
    "parks"
).split(",")
TITLES = (
    "Quarterly Review,Team Lunch,The Silent River,Project Kickoff,Budget 2025,A Winter's Tale,Customer Survey,Weekly "
    "Standup,"
    "Launch Party,Dark Waters,Getting Started,Sales Report,New Hire Checklist,Road to Nowhere,Summer Sale,Design "
    "Review,"
    "Holiday Schedule,Board Meeting Notes,Yellow Submarine,How to Bake Bread,Release Notes,Annual Report,Hello World,"
    "The Last Garden,Product Roadmap,Marketing Plan,Safety Training,Shopping List,Midnight Train,Morning Yoga"
).split(",")
SENTENCES = (
    "The meeting is moved to Thursday|Please send me the latest figures|I really enjoyed the workshop|Your order has "
    "shipped|"
    "We are out of printer paper|The server is down again|Happy birthday and all the best|See you at the station|"
    "Thanks for your help yesterday|The invoice is still unpaid|Great service, will come back|Don't forget the "
    "umbrella|"
    "The new version fixes the login problem|I will be ten minutes late|Dinner is at my place|We need more chairs|"
    "Could you check the numbers again?|All tests have passed|The quick brown fox jumps over the lazy dog|"
    "Customer asks for a refund|Everything works as expected|Let's talk on Monday|This product is too "
    "expensive|Welcome on board"
).split("|")
WORDS = (
    "hello,world,apple,galaxy,serendipity,river,python,banana,science,music,sunset,energy,freedom,computer,ocean,"
    "listen,silent,level"
).split(",")
TAGS = (
    "urgent,finance,travel,bug,frontend,backend,marketing,vip,draft,archived,design,research,sales,internal,security,"
    "summer,sports,family,work,health"
).split(",")
STATUSES = (
    "active,inactive,open,closed,pending,completed,draft,published,failed,running,cancelled,archived,approved,"
    "rejected,paused,paid,overdue"
).split(",")
CATEGORIES = (
    "electronics,books,clothing,sports,music,travel,finance,health,education,food,toys,garden,technology,"
    "entertainment,politics,science,horror,comedy,jazz,fiction"
).split(",")
ROLES = "admin,editor,viewer,owner,member,guest,manager,developer,contributor,reader".split(",")
DOMAINS = (
    "example.com,northwind.org,mail.test,acme.io,contoso.com,shop.example.net,blueharbor.co,uni.edu,orbitlabs.dev"
).split(",")
PATH_STEMS = (
    "report,invoice,photo,data,notes,budget,summary,backup,config,slides,contract,sales_2023,my-song,log,export,"
    "readme,train,users"
).split(",")
FOLDERS = (
    "/home/alice,/tmp,/var/log,documents,C:/Users/bob,./data,src,/mnt/share,~/Downloads,projects/alpha,images,/etc"
).split(",")
ENDINGS = "txt,csv,pdf,json,xlsx,docx,png,jpg,mp3,mp4,zip,pptx,md,xml,yaml,log,py,html".split(",")
FORMULAS = (
    "x^2 + 3*x - 4,sin(x),2*x + 5,x**3 - 2*x,(x + 1)*(x - 2),exp(-x),a*x^2 + b,log(x) + 1,x/(1 + x),3x^2 + 2x - 1"
).split(",")
MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split()

UNITS = {
    "length": ("meters", "m", "cm", "feet", "inches", "centimeters", "ft"),
    "distance": ("km", "miles", "kilometers", "meters", "mi"),
    "weight": ("kg", "pounds", "grams", "kilograms", "lbs", "tons"),
    "duration": ("minutes", "hours", "days", "seconds", "weeks", "months", "years"),
    "temperature": ("degrees", "°C", "degrees Celsius", "°F", "degrees Fahrenheit", "Kelvin"),
    "speed": ("km/h", "mph", "m/s"),
    "bytes": ("GB", "MB", "KB", "gigabytes", "GiB"),
    "area": ("square meters", "acres", "sqft", "hectares"),
    "volume": ("liters", "ml", "gallons", "cubic meters"),
    "energy": ("kWh", "joules", "calories", "watts", "volts"),
    "age": ("years", "years old"),
    "pixels": ("px", "pixels", "points"),
}
"""Quantity → the units it is said in."""

VERBS: dict[str, tuple[str, ...]] = {
    "get": (
        "show me",
        "give me",
        "pull up",
        "look up",
        "fetch",
        "retrieve",
        "tell me",
        "find",
        "check",
        "grab",
        "bring up",
    ),
    "retrieve": ("get", "show me", "give me", "fetch", "look up", "pull", "find"),
    "fetch": ("get", "show me", "load", "pull", "give me"),
    "return": ("get", "give me", "show me", "tell me", "find"),
    "show": ("display", "give me", "get", "let me see", "print"),
    "display": ("show", "show me", "let me see", "print"),
    "list": ("show me", "give me", "get", "enumerate", "list out", "display", "let me see"),
    "create": ("make", "set up", "add", "generate", "start", "put together", "build"),
    "add": ("put in", "insert", "create", "include", "append", "attach"),
    "insert": ("add", "put in", "place"),
    "delete": ("remove", "get rid of", "erase", "drop", "throw away", "wipe"),
    "remove": ("delete", "take out", "drop", "get rid of", "clear"),
    "update": ("change", "edit", "modify", "adjust", "revise", "refresh"),
    "modify": ("change", "edit", "update", "adjust"),
    "change": ("update", "modify", "switch", "alter"),
    "edit": ("change", "update", "modify"),
    "set": ("change", "put", "adjust", "define"),
    "search": ("look", "hunt"),
    "find": ("look for", "search for", "locate", "look up", "get me"),
    "send": ("deliver", "shoot off", "pass on", "submit"),
    "calculate": ("compute", "work out", "figure out", "find", "determine", "tell me"),
    "compute": ("calculate", "work out", "find", "determine"),
    "check": ("verify", "find out", "see", "look up", "test"),
    "start": ("begin", "launch", "kick off", "run", "fire up"),
    "stop": ("halt", "end", "shut down", "terminate"),
    "enable": ("turn on", "activate", "switch on"),
    "disable": ("turn off", "deactivate", "switch off"),
    "generate": ("create", "produce", "make", "write out"),
    "upload": ("put up", "send up", "transfer"),
    "download": ("get", "save", "pull down", "fetch"),
    "book": ("reserve", "arrange", "schedule"),
    "convert": ("turn", "change", "transform"),
    "compare": ("contrast", "weigh"),
    "describe": ("tell me about", "give me details of", "explain", "show"),
    "schedule": ("plan", "set up", "arrange"),
    "submit": ("send in", "hand in", "file"),
    "execute": ("run", "carry out"),
    "run": ("execute", "start", "launch"),
    "register": ("sign up", "enroll", "enter"),
    "copy": ("duplicate", "clone"),
    "rename": ("change the name of", "retitle"),
    "open": ("bring up", "load"),
    "estimate": ("work out", "give me an estimate of", "guess", "predict"),
    "predict": ("forecast", "estimate"),
    "plot": ("draw", "chart", "graph"),
    "apply": ("use", "put on"),
    "assign": ("give", "allocate"),
    "cancel": ("call off", "abort", "drop"),
    "publish": ("put out", "release", "post"),
    "translate": ("put", "render"),
    "analyze": ("examine", "look into", "study"),
    "reset": ("clear", "restore"),
    "play": ("put on", "start"),
}
"""Verb → other ways to say it. A wish takes one of them now and then."""

OTHER_VERBS = (
    "accept accelerate activate acknowledge advertise align allow analyse approve archive ask associate attach "
    "authorize ban "
    "batch begin bind block browse build bulk call capture certify clean clear click clone close collect combine "
    "commit "
    "complete configure confirm connect construct count crop deactivate decline decode decrease decrypt define delay "
    "deliver "
    "deploy deprecate deregister detach detect determine discover disassociate disconnect dismiss draw drop duplicate "
    "enter "
    "encode encrypt end enqueue enroll evaluate exchange exclude expand export extend extract fill filter finalize "
    "flag flip "
    "follow force forecast format forward gather give grant group handle hide highlight identify import include "
    "increase "
    "index initialize initiate inspect install integrate invite invoke issue join kill label launch leave link load "
    "locate "
    "lock log look make manage map mark measure merge migrate monitor move mute name obtain order override parse "
    "patch pause "
    "perform pin place post preview print process promote provide provision publish pull purchase purge push put "
    "query rank "
    "rate read rebuild recommend record recover redeem refresh refund reject release reload remember reorder replace "
    "reply "
    "report request rerun resend reserve resize resolve restart restore restrict resume revert review revoke rotate "
    "save scale "
    "scan select sell share shift sign simulate skip sort split subscribe subtract suggest summarize suspend swap "
    "switch sync "
    "synchronize tag tell terminate test toggle track train transfer transform trigger trim turn type unarchive "
    "unassign "
    "unblock undo unfollow uninstall unlink unlock unpin unsubscribe validate verify view void vote wait withdraw "
    "write zip "
    "buy sum solve simplify round rotate normalize multiply divide integrate differentiate factor invert draw render "
    "paint"
).split()
