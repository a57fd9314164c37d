"""Who asks whom for what, how each deal stands, and the questions that the agreements answer."""

from __future__ import annotations

from golconda.demonstration.shape import Deal, Ending, Question, Title

DEALS = (
    Deal("statistics", "aviation/flights", "delay-research"),
    Deal("statistics", "meteorology/airport_weather", "delay-research"),
    Deal("health", "meteorology/beijing_air", "public-health"),
    Deal("health", "statistics/reference", "public-health"),
    Deal("industry", "health/population_health", "capacity-planning"),
    Deal("industry", "statistics/reference", "capacity-planning"),
    Deal("industry", "health/actg175", "drug-safety"),
    Deal("statistics", "health/care_use", "health-economics"),
    Deal("statistics", "industry/rice_insurance", "policy-study"),
    Deal("aviation", "industry/machines", "maintenance"),
    Deal("aviation", "meteorology/airport_weather", "weather-impact"),
    Deal(
        "statistics",
        "health/patient_index",
        "linkage",
        counter="""
purposes: [linkage]
columns: [given_name, surname, suburb, state, date_of_birth, id_number]
masks:
  given_name: redact
  surname: redact
  suburb: hide
  date_of_birth: {generalise: {prefix: 4}}
  id_number: pseudonym
aggregate: {min_group: 10}
limits: {queries: 20, per: day}
period: P30D
duties: {delete_after: P30D}
prohibit: [distribute, derive, combine]
price: {plan: free}
""",
    ),
    Deal("meteorology", "aviation/flights", "delay-research", Ending.REQUESTED),
    Deal(
        "meteorology",
        "industry/rice_insurance",
        "policy-study",
        Ending.COUNTERED,
        counter="""
purposes: [policy-study]
where: "age BETWEEN 18 AND 70"
columns: [village, takeup, age, rice_area, disaster_probability]
masks: {village: pseudonym}
aggregate: {min_group: 30}
limits: {queries: 50, per: day}
period: P90D
duties: {inform: "Industry and Agri-Insurance Data Co. before publication"}
prohibit: [distribute, derive]
price: {plan: free}
""",
    ),
    Deal(
        "industry",
        "health/care_use",
        "health-economics",
        Ending.REJECTED,
        why="The request describes the pricing of policies, which this product may not serve.",
    ),
    Deal(
        "health",
        "aviation/flights",
        "delay-research",
        Ending.SUSPENDED,
        why="The yearly confirmation of the purpose is overdue.",
    ),
    Deal(
        "industry",
        "aviation/flights",
        "delay-research",
        Ending.REVOKED,
        why="Results were published without the attribution that was agreed.",
    ),
)

# What the terminal proposes: the first question, short enough to type.
TO_TRY = """
SELECT precip > 0 AS rain, avg(dep_delay) AS minutes
FROM flights.flights JOIN airport_weather USING (origin, time_hour) GROUP BY rain
"""

_RAIN = """
FROM aviation.flights.flights AS f
JOIN meteorology.airport_weather.hourly AS w ON f.origin = w.origin AND f.time_hour = w.time_hour
"""

QUESTIONS = (
    Question(
        Title("What does rain cost aviation?", "降雨让航空付出多少代价？"),
        "statistics",
        "delay-research",
        f"""
SELECT w.precip > 0 AS rain, count(*) AS flights, avg(f.dep_delay) AS mean_delay,
       100.0 * count(*) FILTER (WHERE f.dep_time IS NULL) / count(*) AS never_departed
{_RAIN}
GROUP BY w.precip > 0
ORDER BY rain
""",
        ((False, 312218, 11.3745, 2.02134), (True, 23002, 30.9277, 8.32971)),
    ),
    Question(
        Title("And poor visibility?", "低能见度呢？"),
        "statistics",
        "delay-research",
        f"""
SELECT w.visib < 3 AS poor, avg(f.dep_delay) AS mean_delay
{_RAIN}
GROUP BY w.visib < 3
ORDER BY poor
""",
        ((False, 12.0993), (True, 26.6897)),
    ),
    Question(
        Title("Which carrier arrives latest?", "哪家航空公司晚到最多？"),
        "statistics",
        "delay-research",
        """
SELECT carrier, avg(arr_delay) AS mean_delay, count(*) AS flights FROM aviation.flights.flights
GROUP BY carrier ORDER BY mean_delay DESC LIMIT 1
""",
        (("F9", 21.9207, 685),),
    ),
    Question(
        Title("Which day was worst?", "哪一天取消最多？"),
        "statistics",
        "delay-research",
        """
SELECT month, day, count(*) AS flights, count(*) FILTER (WHERE dep_time IS NULL) AS cancelled
FROM aviation.flights.flights GROUP BY month, day ORDER BY cancelled DESC NULLS LAST LIMIT 1
""",
        ((2, 8, 930, 472),),
    ),
    Question(
        Title("Is the air worse on working days?", "工作日的空气更差吗？"),
        "health",
        "public-health",
        """
SELECT c.working, avg(a.pm25) AS mean_pm25
FROM meteorology.beijing_air.hourly AS a JOIN statistics.reference.calendar AS c ON a.date = c.date
GROUP BY c.working ORDER BY c.working
""",
        ((False, 99.7952), (True, 98.0755)),
    ),
    Question(
        Title("And on weekends made up for holidays?", "调休上班的周末呢？"),
        "health",
        "public-health",
        """
WITH days AS (SELECT date, avg(pm25) AS mean_pm25 FROM meteorology.beijing_air.hourly GROUP BY date)
SELECT count(*) AS days, avg(d.mean_pm25) AS mean_of_means
FROM days AS d JOIN statistics.reference.calendar AS c ON d.date = c.date
WHERE c.working AND c.weekday > 5
""",
        ((37, 108.4494),),
    ),
    Question(
        Title("On how many days was the air bad?", "有多少天空气超标？"),
        "health",
        "public-health",
        """
SELECT count(*) AS days, count(*) FILTER (WHERE mean_pm25 > 75) AS bad
FROM (
  SELECT date, avg(pm25) AS mean_pm25 FROM meteorology.beijing_air.hourly
  GROUP BY date HAVING count(pm25) >= 20
) AS days
""",
        ((1711, 896),),
    ),
    Question(
        Title("Do births follow the economy?", "生育随经济起伏吗？"),
        "industry",
        "capacity-planning",
        """
WITH yearly AS (
  SELECT year, avg(unemp) AS unemployment, avg(realgdp) AS product
  FROM statistics.reference.macro GROUP BY year
)
SELECT count(*) AS years,
       corr(f.rate, y.unemployment) AS with_unemployment, corr(f.rate, y.product) AS with_product
FROM health.population_health.fertility AS f JOIN yearly AS y ON f.year = y.year
WHERE f.area = 'United States'
""",
        ((50, -0.32923, -0.47173),),
    ),
    Question(
        Title("How much does smoking raise the odds of lung cancer?", "吸烟使肺癌几率提高多少？"),
        "industry",
        "capacity-planning",
        """
SELECT sum(concordant) / sum(discordant) AS odds_ratio
FROM health.population_health.city_smoking
""",
        ((2.17448,),),
    ),
    Question(
        Title("How many persons stand in both registries?", "两个登记库有多少共同人员？"),
        "statistics",
        "linkage",
        """
SELECT count(*) AS persons
FROM health.patient_index.registry_a AS a
JOIN health.patient_index.registry_b AS b ON a.id_number = b.id_number
""",
        ((4561,),),
    ),
    Question(
        Title("How often did each treatment fail?", "各治疗组终点发生率？"),
        "industry",
        "drug-safety",
        "SELECT arms, 100.0 * avg(cens) AS events FROM health.actg175.patients GROUP BY arms ORDER BY arms",
        ((0, 34.0226), (1, 19.7318), (2, 20.8015), (3, 22.8164)),
    ),
    Question(
        Title("Does cost sharing keep people from the doctor?", "费用分担会减少就医吗？"),
        "statistics",
        "health-economics",
        """
SELECT coins, avg(mdvis) AS visits FROM health.care_use.person_years
WHERE coins = 0 OR coins = 95 GROUP BY coins ORDER BY coins
""",
        ((0, 3.12358), (95, 2.11157)),
    ),
    Question(
        Title("Which quality of machine fails most?", "哪一档设备故障最多？"),
        "aviation",
        "maintenance",
        """
SELECT type, 100.0 * avg(failed) AS rate
FROM industry.machines.processes GROUP BY type ORDER BY rate DESC
""",
        (("L", 3.91667), ("M", 2.76944), ("H", 2.09372)),
    ),
    Question(
        Title("Does a default decide who is insured?", "默认选项会左右参保吗？"),
        "statistics",
        "policy-study",
        """
SELECT default_buy, count(*) AS households, 100.0 * avg(takeup) AS uptake
FROM industry.rice_insurance.households GROUP BY default_buy ORDER BY default_buy
""",
        ((0, 679, 39.6171), (1, 630, 50.6349)),
    ),
)
