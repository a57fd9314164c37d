"""What the columns mean, by table, in both languages; the unit where there is one."""

from __future__ import annotations

FLIGHTS = {
    "year": "Year of departure · 起飞年",
    "month": "Month of departure · 起飞月",
    "day": "Day of departure · 起飞日",
    "dep_time": "Actual departure, local, HHMM; missing if it never left · 实际起飞时刻，空为未起飞",
    "sched_dep_time": "Scheduled departure, HHMM · 计划起飞时刻",
    "dep_delay": "Departure delay in minutes; negative is early · 起飞延误（分钟），负为提前",
    "arr_time": "Actual arrival, HHMM · 实际到达时刻",
    "sched_arr_time": "Scheduled arrival, HHMM · 计划到达时刻",
    "arr_delay": "Arrival delay in minutes; negative is early · 到达延误（分钟），负为提前",
    "carrier": "Code of the airline · 航空公司代码",
    "flight": "Flight number · 航班号",
    "tailnum": "Tail number of the aircraft · 机尾号",
    "origin": "Airport of departure · 出发机场",
    "dest": "Airport of destination · 到达机场",
    "air_time": "Time in the air in minutes · 空中时间（分钟）",
    "distance": "Distance in miles · 航程（英里）",
    "hour": "Hour of scheduled departure · 计划起飞小时",
    "minute": "Minute of scheduled departure · 计划起飞分钟",
    "time_hour": "Hour of scheduled departure in UTC · 计划起飞整点（世界时）",
}
AIRPORTS = {
    "faa": "FAA code · 机场代码",
    "name": "Name of the airport · 机场名称",
    "lat": "Latitude in degrees · 纬度（度）",
    "lon": "Longitude in degrees · 经度（度）",
    "alt": "Altitude in feet · 海拔（英尺）",
    "tz": "Hours from UTC · 与世界时之差（小时）",
    "dst": "Daylight saving rule · 夏令时规则",
    "tzone": "IANA time zone · 时区",
}
PLANES = {
    "tailnum": "Tail number · 机尾号",
    "year": "Year of manufacture · 制造年份",
    "type": "Type of aircraft · 机型类别",
    "manufacturer": "Manufacturer · 制造商",
    "model": "Model · 型号",
    "engines": "Number of engines · 发动机数",
    "seats": "Number of seats · 座位数",
    "speed": "Cruising speed in miles per hour; mostly missing · 巡航速度（英里每小时），多数缺失",
    "engine": "Kind of engine · 发动机类型",
}
AIRLINES = {"carrier": "Code of the airline · 航空公司代码", "name": "Name of the airline · 航空公司名称"}
WEATHER = {
    "origin": "Airport · 机场",
    "temp": "Temperature in °F · 气温（华氏度）",
    "dewp": "Dew point in °F · 露点（华氏度）",
    "humid": "Relative humidity in % · 相对湿度（%）",
    "wind_dir": "Wind direction in degrees · 风向（度）",
    "wind_speed": "Wind speed in miles per hour · 风速（英里每小时）",
    "wind_gust": "Gusts in miles per hour · 阵风（英里每小时）",
    "precip": "Precipitation in inches · 降水（英寸）",
    "pressure": "Pressure at sea level in millibars · 海平面气压（毫巴）",
    "visib": "Visibility in miles · 能见度（英里）",
    "time_hour": "Hour in UTC · 整点（世界时）",
}
AIR = {
    "date": "Day, local · 日期（当地）",
    "hour": "Hour of the day · 小时",
    "pm25": "PM2.5 in micrograms per cubic metre · 细颗粒物浓度（微克每立方米）",
    "dew_point": "Dew point in °C · 露点（摄氏度）",
    "temperature": "Temperature in °C · 气温（摄氏度）",
    "pressure": "Pressure in hectopascals · 气压（百帕）",
    "wind_direction": "Combined wind direction; cv is calm and variable · 合成风向，cv为静风或不定",
    "wind_speed": "Cumulated wind speed in metres per second · 累计风速（米每秒）",
    "snow_hours": "Cumulated hours of snow · 累计降雪小时",
    "rain_hours": "Cumulated hours of rain · 累计降雨小时",
}
PERSONS = {
    "record_id": "Record; holds the true link · 记录编号（含真实关联）",
    "given_name": "Given name · 名",
    "surname": "Family name · 姓",
    "street_number": "House number · 门牌号",
    "address_1": "Street · 街道",
    "address_2": "Second line of the address · 地址第二行",
    "suburb": "Suburb · 区",
    "postcode": "Postcode · 邮编",
    "state": "State · 州",
    "date_of_birth": "Date of birth as YYYYMMDD, errors included · 出生日期（年月日，含错误）",
    "id_number": "Number of the social security card · 社保号",
}
TRIAL = {
    "pidnum": "Patient · 受试者编号",
    "age": "Age in years · 年龄（岁）",
    "wtkg": "Weight in kilograms · 体重（千克）",
    "homo": "Homosexual activity, 1 = yes · 同性性行为（1为是）",
    "drugs": "History of injected drugs, 1 = yes · 注射吸毒史（1为是）",
    "karnof": "Karnofsky score, 0 to 100 · 卡氏评分",
    "race": "0 = white, 1 = other · 种族（0白人，1其他）",
    "gender": "0 = female, 1 = male · 性别（0女，1男）",
    "symptom": "Symptoms, 1 = yes · 有症状（1为是）",
    "arms": "0 zidovudine, 1 with didanosine, 2 with zalcitabine, 3 didanosine · 治疗组",
    "cens": "The event, 1 = happened · 终点事件（1为发生）",
    "days": "Days to the event or the end · 至终点或结束的天数",
    "cd40": "CD4 cells at the start · 基线CD4计数",
    "cd420": "CD4 cells after 20 weeks · 20周CD4计数",
}
CARE = {
    "plan": "Insurance plan · 保险方案",
    "site": "Place of the experiment · 实验地点",
    "coins": "Coinsurance in %: the share one pays · 自付比例（%）",
    "year": "Year of the study · 研究年",
    "zper": "Person · 人员编号",
    "income": "Income of the family in dollars · 家庭收入（美元）",
    "xage": "Age in years · 年龄（岁）",
    "female": "1 = female · 女性为1",
    "outpdol": "Outpatient expense in dollars · 门诊费用（美元）",
    "inpdol": "Inpatient expense in dollars · 住院费用（美元）",
    "meddol": "Medical expense in dollars · 医疗费用（美元）",
    "totadm": "Hospital admissions · 住院次数",
    "mdvis": "Visits to a physician · 就诊次数",
    "linc": "Logarithm of income · 收入对数",
}
BIRTHS = {"date": "Day · 日期", "births": "Girls born · 女婴出生数"}
FERTILITY = {
    "area": "Country or region · 国家或地区",
    "code": "Three-letter code · 三字代码",
    "year": "Year · 年",
    "rate": "Births per woman · 总和生育率",
}
SMOKING = {
    "city": "City · 城市",
    "smokers_ill": "Smokers with lung cancer · 吸烟且患肺癌",
    "smokers_well": "Smokers without · 吸烟未患病",
    "others_ill": "Others with lung cancer · 不吸烟患肺癌",
    "others_well": "Others without · 不吸烟未患病",
    "concordant": "Smokers ill × others well ÷ all, for the pooled odds ratio · 合并比值比的分子项",
    "discordant": "Smokers well × others ill ÷ all, for the pooled odds ratio · 合并比值比的分母项",
}
MACRO = {
    "year": "Year · 年",
    "quarter": "Quarter · 季度",
    "realgdp": "Gross domestic product in billions of 2005 dollars · 国内生产总值（2005年不变价，十亿美元）",
    "cpi": "Consumer price index · 居民消费价格指数",
    "unemp": "Unemployment in % · 失业率（%）",
    "pop": "Population in millions · 人口（百万）",
    "infl": "Inflation in % · 通货膨胀率（%）",
}
DIVISIONS = {"year": "Revision · 版本年份", "code": "Code of GB/T 2260 · 区划代码", "name": "Name · 名称"}
REGIONS = {
    "province": "Province · 省级",
    "city": "City · 地级",
    "county": "County · 县级",
    "longitude": "Longitude in degrees · 经度（度）",
    "latitude": "Latitude in degrees · 纬度（度）",
    "postcode": "Postcode · 邮编",
}
CALENDAR = {
    "date": "Day · 日期",
    "weekday": "Monday = 1 to Sunday = 7 · 星期（周一为1）",
    "working": "Do people work · 是否工作日",
    "holiday": "Holiday, in English · 节日（英文）",
    "holiday_zh": "Holiday, in Chinese · 节日（中文）",
    "in_lieu": "A day off given in lieu · 是否调休放假",
}
MACHINES = {
    "product_id": "Product that was made; its first letter is the quality · 产品编号，首字母为档次",
    "type": "Quality: L low, M medium, H high · 档次（L低、M中、H高）",
    "air_temperature_k": "Air temperature in kelvin · 环境温度（开）",
    "process_temperature_k": "Process temperature in kelvin · 过程温度（开）",
    "rotational_speed_rpm": "Turns per minute · 转速（转每分）",
    "torque_nm": "Torque in newton metres · 扭矩（牛米）",
    "tool_wear_min": "Wear of the tool in minutes · 刀具磨损（分钟）",
    "failed": "1 = the machine failed · 故障为1",
    "failure_type": "Kind of failure · 故障类型",
}
HOUSEHOLDS = {
    "address": "Natural village · 自然村",
    "village": "Administrative village · 行政村",
    "takeup": "1 = bought the insurance · 参保为1",
    "age": "Age of the head in years · 户主年龄（岁）",
    "household_size": "Persons · 家庭人口",
    "rice_area": "Rice in mu, 2010 · 水稻面积（亩，2010年）",
    "disaster_probability": "Disaster expected, in % · 预期受灾概率（%）",
    "male": "1 = the head is male · 户主男性为1",
    "default_buy": "1 = buying was the default · 默认购买为1",
    "intensive": "1 = intensive training · 强化培训为1",
    "risk_averse": "Aversion to risk, 0 to 1 · 风险厌恶（0到1）",
    "literacy": "1 = can read · 识字为1",
    "earlier_takeup": "Share of the village insured before · 本村此前参保率",
}
