"""The demonstration's products. Its organisations are of the demonstration alone: no real bodies."""

from __future__ import annotations

from golconda.demonstration import columns, tables
from golconda.demonstration.shape import Offer, Organisation, Product, Table, Title

ORGANISATIONS = (
    Organisation("aviation", Title("Civil Aviation Data Centre (demonstration)", "民航运行数据中心（演示）")),
    Organisation(
        "meteorology", Title("Meteorology and Environment Centre (demonstration)", "气象环境监测中心（演示）")
    ),
    Organisation("health", Title("Health Data Centre (demonstration)", "卫生健康数据中心（演示）")),
    Organisation("statistics", Title("Bureau of Statistics and Standards (demonstration)", "统计与标准局（演示）")),
    Organisation(
        "industry",
        Title("Industry and Agri-Insurance Data Co. (demonstration)", "产业与农险数据公司（演示）"),
    ),
)

FLIGHTS = Product(
    "aviation/flights",
    Title("Flight operations 2013", "航班运行 2013"),
    Title(
        "Every departure from the three airports of New York in 2013, with aircraft, carriers and airports. "
        "Source: US Bureau of Transportation Statistics, CC0.",
        "2013年纽约三个机场的全部出港航班，附机队、航空公司与机场。来源：美国交通统计局，CC0。",
    ),
    "transport",
    "shared",
    (
        Table("flights", Title("Departures", "出港航班"), tables.flights, columns.FLIGHTS),
        Table("airports", Title("Airports", "机场"), tables.airports, columns.AIRPORTS),
        Table("planes", Title("Aircraft", "航空器"), tables.planes, columns.PLANES),
        Table("airlines", Title("Airlines", "航空公司"), tables.airlines, columns.AIRLINES),
    ),
    (
        Offer(
            Title("Statistics on delays, groups of at least ten", "延误统计，每组至少十条"),
            """
purposes: [delay-research, transport]
tables:
  flights:
    masks: {tailnum: pseudonym}
    aggregate: {min_group: 10}
  airports: {}
  airlines: {}
limits: {queries: 500, per: day}
period: P365D
duties: {attribute: "Civil Aviation Data Centre"}
prohibit: [distribute]
price: {plan: free}
""",
        ),
        Offer(
            Title("Single flights with pseudonymous aircraft, by subscription", "逐条航班，机号假名化，订阅计费"),
            """
purposes: [delay-research, transport]
masks: {tailnum: pseudonym}
tables:
  flights: {}
  planes: {}
  airports: {columns: [faa, name, lat, lon, alt]}
  airlines: {}
limits: [{queries: 2000, per: day}, {rows: 5000000, per: month}]
period: P365D
duties: {attribute: "Civil Aviation Data Centre"}
prohibit: [distribute, derive]
price: {plan: subscription, amount: "1200.00", currency: CNY, per: month}
""",
        ),
    ),
)

AIRPORT_WEATHER = Product(
    "meteorology/airport_weather",
    Title("Hourly airport weather", "机场逐时气象"),
    Title(
        "Weather at the three airports of New York by hour of 2013, in imperial units. Source: NOAA, CC0.",
        "2013年纽约三个机场逐时气象观测，英制单位。来源：美国国家海洋和大气管理局，CC0。",
    ),
    "environment",
    "open",
    (Table("hourly", Title("Hourly observations", "逐时观测"), tables.weather, columns.WEATHER),),
    (
        Offer(
            Title("Open, with attribution", "开放，注明来源"),
            """
duties: {attribute: "Meteorology and Environment Centre"}
price: {plan: free}
""",
            automatic=True,
        ),
    ),
)

BEIJING_AIR = Product(
    "meteorology/beijing_air",
    Title("Beijing hourly PM2.5", "北京逐时细颗粒物"),
    Title(
        "PM2.5 and weather by hour, 2010 to 2014. PM2.5 was read at the US embassy in Beijing, weather at "
        "the airport; 2,067 hours are missing. Source: UCI Machine Learning Repository.",
        "2010至2014年逐时PM2.5与气象。PM2.5为美国驻华使馆读数，气象取自首都机场；缺测2067小时。来源：UCI机器学习库。",
    ),
    "environment",
    "open",
    (Table("hourly", Title("Hourly PM2.5 and weather", "逐时细颗粒物与气象"), tables.beijing_air, columns.AIR),),
    (
        Offer(
            Title("Open, with attribution", "开放，注明来源"),
            """
purposes: [public-health, environment, forecasting]
duties: {attribute: "UCI Machine Learning Repository; Meteorology and Environment Centre"}
price: {plan: free}
""",
            automatic=True,
        ),
    ),
)

PATIENT_INDEX = Product(
    "health/patient_index",
    Title("Patient index of two registries (synthetic)", "患者主索引：两个登记库（合成）"),
    Title(
        "Synthetic persons of the FEBRL project: five thousand records, and the same persons again with "
        "errors. No record is of a real person.",
        "FEBRL项目生成的合成人员：五千条记录及其带错副本，用于记录链接。没有任何一条对应真实的人。",
    ),
    "health",
    "personal",
    (
        Table("registry_a", Title("Registry A", "登记库甲"), tables.registry("dataset4a.csv"), columns.PERSONS),
        Table("registry_b", Title("Registry B", "登记库乙"), tables.registry("dataset4b.csv"), columns.PERSONS),
    ),
    (
        Offer(
            Title(
                "Linkage only: no names, no addresses, pseudonymous numbers",
                "仅供记录关联：无姓名地址，证件号假名化",
            ),
            """
purposes: [linkage]
columns: [given_name, surname, suburb, state, date_of_birth, id_number]
masks:
  given_name: redact
  surname: redact
  suburb: hide
  date_of_birth: {generalise: {prefix: 4}}
  id_number: pseudonym
aggregate: {min_group: 10}
limits: {queries: 100, per: day}
period: P90D
duties: {delete_after: P90D}
prohibit: [distribute, derive, combine]
price: {plan: free}
""",
        ),
    ),
    synthetic=True,
)

ACTG175 = Product(
    "health/actg175",
    Title("HIV trial ACTG 175", "艾滋病临床试验 ACTG 175"),
    Title(
        "A randomised trial of four treatments in 2,139 adults, published in 1996. "
        "The event is a fall of CD4 by half, AIDS or death.",
        "1996年发表的随机试验，2139名成人，四种治疗。终点事件：CD4下降一半、艾滋病发病或死亡。",
    ),
    "health",
    "restricted",
    (Table("patients", Title("Patients", "受试者"), tables.trial, columns.TRIAL),),
    (
        Offer(
            Title(
                "Drug safety, groups of at least ten, orientation and drug use hidden",
                "药物安全，每组至少十人，隐去性取向与吸毒史",
            ),
            """
purposes: [drug-safety]
masks: {pidnum: pseudonym, homo: hide, drugs: hide}
aggregate: {min_group: 10}
limits: {queries: 200, per: day}
period: P180D
duties: {attribute: "AIDS Clinical Trials Group 175", delete_after: P365D}
prohibit: [distribute, derive]
price: {plan: free}
""",
        ),
    ),
)

CARE_USE = Product(
    "health/care_use",
    Title("Care use and cost sharing", "就医与费用分担"),
    Title(
        "The RAND Health Insurance Experiment: 5,912 people over up to five years under different "
        "coinsurance. Public domain.",
        "兰德医疗保险实验：5912人在不同自付比例下至多五年的就医与费用。公有领域。",
    ),
    "health",
    "restricted",
    (Table("person_years", Title("Persons by year", "人年"), tables.care_use, columns.CARE),),
    (
        Offer(
            Title(
                "Health economics, groups of at least twenty people, income in bands",
                "卫生经济，每组至少二十人，收入分档",
            ),
            """
purposes: [health-economics]
masks: {zper: pseudonym, income: {generalise: {step: 5000}}, linc: hide}
aggregate: {min_group: 20, unit: zper}
limits: {queries: 200, per: day}
period: P180D
duties: {attribute: "RAND Health Insurance Experiment"}
prohibit: [distribute]
price: {plan: free}
""",
        ),
    ),
)

POPULATION_HEALTH = Product(
    "health/population_health",
    Title("Births, fertility and the eight-city lung cancer study", "出生、生育率与八城市肺癌研究"),
    Title(
        "Girls born in California by day of 1959; births per woman by area, 1960 to 2013 (World Bank); "
        "smoking and lung cancer in eight Chinese cities (Liu 1992).",
        "1959年加州逐日女婴出生数；1960至2013年各国家和地区总和生育率（世界银行）；中国八城市吸烟与肺癌（Liu 1992）。",
    ),
    "health",
    "open",
    (
        Table("births", Title("Births by day", "逐日出生"), tables.births, columns.BIRTHS),
        Table("fertility", Title("Births per woman", "总和生育率"), tables.fertility, columns.FERTILITY),
        Table(
            "city_smoking",
            Title("Smoking and lung cancer by city", "各城市吸烟与肺癌"),
            tables.smoking,
            columns.SMOKING,
        ),
    ),
    (
        Offer(
            Title("Open, aggregates only", "开放，仅限汇总"),
            """
aggregate: {min_group: 5}
duties: {attribute: "World Bank; Liu 1992; Health Data Centre"}
price: {plan: free}
""",
            automatic=True,
        ),
    ),
)

REFERENCE = Product(
    "statistics/reference",
    Title("Macro and reference data", "宏观与基础参考"),
    Title(
        "US quarterly figures 1959 to 2009; codes of GB/T 2260 in every revision from 2002 to 2014; counties "
        "with places; the working calendar of China from 2004 to 2026.",
        "美国1959至2009年季度宏观数据；GB/T 2260行政区划代码2002至2014年各版；县级区划坐标；2004至2026年中国工作日历。",
    ),
    "statistics",
    "open",
    (
        Table("macro", Title("Quarterly figures", "季度宏观"), tables.macro, columns.MACRO),
        Table(
            "divisions",
            Title("Administrative divisions by year", "历年行政区划"),
            tables.divisions,
            columns.DIVISIONS,
        ),
        Table("regions", Title("Counties with places", "县级区划与坐标"), tables.regions, columns.REGIONS),
        Table("calendar", Title("Working calendar", "工作日历"), tables.calendar, columns.CALENDAR),
    ),
    (Offer(Title("Open", "开放"), "price: {plan: free}\n", automatic=True),),
)

MACHINES = Product(
    "industry/machines",
    Title("Machine condition (synthetic)", "设备状态监测（合成）"),
    Title(
        "AI4I 2020: ten thousand synthetic processes of a milling machine; 27 labels contradict each other.",
        "AI4I 2020：一万条合成铣床加工记录；其中27条标签自相矛盾。",
    ),
    "industry",
    "shared",
    (Table("processes", Title("Processes", "加工记录"), tables.machines, columns.MACHINES),),
    (
        Offer(
            Title("Maintenance, metered", "设备维护，按量计费"),
            """
purposes: [maintenance]
masks: {product_id: pseudonym}
limits: {queries: 1000, per: month}
period: P365D
prohibit: [distribute]
price: {plan: metered, currency: CNY, query: "0.50", thousand_rows: "0.20"}
""",
        ),
    ),
    synthetic=True,
)

RICE_INSURANCE = Product(
    "industry/rice_insurance",
    Title("Rice insurance uptake", "水稻保险参保"),
    Title(
        "1,410 households of 44 villages in Jiangxi, 2010: who bought weather insurance "
        "(Cai, de Janvry and Sadoulet 2015).",
        "2010年江西44个村1410户：谁购买了天气保险（Cai、de Janvry与Sadoulet，2015）。",
    ),
    "agriculture",
    "restricted",
    (Table("households", Title("Households", "农户"), tables.rice, columns.HOUSEHOLDS),),
    (
        Offer(
            Title("Policy study, working ages, groups of at least ten", "政策研究，劳动年龄人口，每组至少十户"),
            """
purposes: [policy-study]
where: "age BETWEEN 18 AND 70"
masks: {address: hide, village: pseudonym}
aggregate: {min_group: 10}
limits: {queries: 100, per: day}
period: P180D
duties: {inform: "Industry and Agri-Insurance Data Co. before publication"}
prohibit: [distribute]
price: {plan: free}
""",
        ),
    ),
)

PRODUCTS = (
    FLIGHTS,
    AIRPORT_WEATHER,
    BEIJING_AIR,
    PATIENT_INDEX,
    ACTG175,
    CARE_USE,
    POPULATION_HEALTH,
    REFERENCE,
    MACHINES,
    RICE_INSURANCE,
)
