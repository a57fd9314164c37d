"""Every clause in words, in English and Chinese, with how far the node itself makes it true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from golconda.agreement.terms import Enforcement, TableClauses, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from golconda.agreement.check import Report
    from golconda.agreement.period import Duration
    from golconda.agreement.purposes import PurposeList
    from golconda.agreement.terms import Aggregate, MaskClause, Terms

ENFORCED, ATTESTED = Enforcement.ENFORCED, Enforcement.ATTESTED


@dataclass(frozen=True, slots=True)
class ClauseText:
    """One clause: its name as in the terms file, its meaning by language, and its class."""

    clause: str
    text: Mapping[str, str]
    enforcement: Enforcement

    def document(self) -> dict[str, Any]:
        """Return it as readers get it."""
        return {"clause": self.clause, "text": dict(self.text), "class": self.enforcement.value}


def describe(terms: Terms, purposes: PurposeList | None = None) -> tuple[ClauseText, ...]:
    """Return each clause in words, in the order of the terms file; `purposes` gives the codes their titles.

    What is enforced here and only promised elsewhere is said twice, once with each class.
    """
    return (
        *_purposes(terms.purposes, purposes),
        *_clauses(terms.shared, ""),
        *_tables(terms),
        *_limits(terms),
        *_times(terms),
        *_duties(terms),
        *_prohibitions(terms.prohibit),
        *_prices(terms),
    )


def describe_tables(report: Report) -> tuple[ClauseText, ...]:
    """Return what the terms come to for each table of the product."""
    shared = [
        _said(
            f"tables.{table.name}",
            f"{table.name}: {len(table.columns)} columns, {len(table.masked)} of them masked"
            + (f", only in groups of {table.min_group} or more" if table.min_group else ""),
            f"{table.name}：{len(table.columns)}列，其中{len(table.masked)}列脱敏"
            + (f"，仅提供不少于{table.min_group}个个体的汇总" if table.min_group else ""),
        )
        for table in report.shared
    ]
    withheld = [
        _said(f"tables.{name}", f"{name} is withheld: {reason}", f"{name} 不提供") for name, reason in report.withheld
    ]
    return (*shared, *withheld)


# ── clauses on tables ─────────────────────────────────────────────────────────────────────────────────────


def _tables(terms: Terms) -> Iterator[ClauseText]:
    if terms.tables is None:
        return
    names = ", ".join(name for name, _ in terms.tables)
    english, chinese = (
        f"Only these tables are shared: {names or 'none'}.",
        f"仅提供以下数据表：{names or '无'}。",
    )
    yield _said("tables", english, chinese)
    for name, clauses in terms.tables:
        yield from _clauses(clauses, f"tables.{name}.")


def _clauses(clauses: TableClauses, place: str) -> Iterator[ClauseText]:
    if clauses.columns is not None:
        names = ", ".join(clauses.columns)
        english, chinese = f"Only these columns are shown: {names or 'none'}.", f"仅显示列：{names or '无'}。"
        yield _said(f"{place}columns", english, chinese)
    for text in clauses.where:
        yield _said(f"{place}where", f"Only rows are shown for which {text}.", f"仅显示满足{text}的行。")
    for column, masks in clauses.masks:
        yield _masked(f"{place}masks.{column}", column, masks)
    for group in clauses.aggregate:
        yield _grouped(f"{place}aggregate", group)


def _masked(place: str, column: str, masks: tuple[MaskClause, ...]) -> ClauseText:
    if len(masks) > 1:
        names = ", ".join(mask.mask for mask in masks)
        english, chinese = (
            f"{column} is empty, since its masks differ: {names}.",
            f"{column} 的脱敏方式不一，置空。",
        )
        return _said(place, english, chinese)
    english, chinese = _mask(masks[0])
    return _said(place, f"{column} {english}.", f"{column} {chinese}。")


def _mask(clause: MaskClause) -> tuple[str, str]:
    parameters = dict(clause.parameters)
    said = _MASKS.get(clause.mask, (f"is masked by {clause.mask}", f"以 {clause.mask} 方式脱敏"))
    if clause.mask == "pseudonym" and parameters.get("scope") == "organisation":
        return (
            "is replaced by a pseudonym, the same in all agreements of the reader's organisation",
            "替换为假名，在使用方机构的各协议间一致",
        )
    if not parameters:
        return said
    shown = ", ".join(str(value) if name == "to" else f"{name} {value}" for name, value in parameters.items())
    chinese = "，".join(_parameter(name, value) for name, value in parameters.items())
    return f"{said[0]} ({shown})", f"{said[1]}（{chinese}）"


def _parameter(name: str, value: object) -> str:
    """Return a parameter of a mask in Chinese; a name or value of a plug-in's own stays as it is."""
    shown = _PERIODS.get(str(value), str(value))
    return shown if name == "to" else f"{_PARAMETERS.get(name, name)} {shown}"


_PARAMETERS = {
    "step": "步长",
    "prefix": "前缀长度",
    "low": "下限",
    "high": "上限",
    "scope": "范围",
    "keep_first": "保留前",
    "keep_last": "保留后",
}
_PERIODS = {"day": "按日", "month": "按月", "quarter": "按季度", "year": "按年"}


_MASKS = {
    "hide": ("is always empty", "置空"),
    "redact": ("is replaced by a fixed text", "替换为固定文字"),
    "partial": ("shows only its beginning and end", "仅保留首尾部分"),
    "pseudonym": ("is replaced by a pseudonym of this agreement", "替换为本协议专用的假名"),
    "generalise": ("is made coarser", "概括为较粗的粒度"),
    "round": ("is rounded", "取整"),
    "clip": ("is kept between bounds", "限制在上下界之间"),
}


def _grouped(place: str, group: Aggregate) -> ClauseText:
    unit = group.unit or "unit of the contract"
    return _said(
        place,
        f"Only aggregates leave, over groups of at least {group.min_group} different values of the {unit}.",
        f"仅提供汇总结果，每组至少包含{group.min_group}个不同的{group.unit or '合同约定个体'}。",
    )


# ── the other clauses ─────────────────────────────────────────────────────────────────────────────────────


def _purposes(codes: tuple[str, ...] | None, listed: PurposeList | None) -> Iterator[ClauseText]:
    if codes is None:
        yield _said("purposes", "Any purpose that the reader states.", "使用目的不限，须由使用方声明。")
        return
    english = ", ".join(_title(code, listed, "en") for code in codes) or "none"
    chinese = "、".join(_title(code, listed, "zh") for code in codes) or "无"
    yield _said("purposes", f"Only for these purposes: {english}.", f"仅限以下使用目的：{chinese}。")
    yield _said("purposes", "The data are used for the stated purpose alone.", "数据仅用于所声明的目的。", ATTESTED)


def _title(code: str, listed: PurposeList | None, language: str) -> str:
    if listed is None or code not in listed.codes:
        return code
    titles = listed.purpose(code).titles
    return titles.get(language) or titles.get("en") or code


def _limits(terms: Terms) -> Iterator[ClauseText]:
    for limit in terms.limits:
        window, chinese = _WINDOWS[limit.per]
        yield _said(
            "limits",
            f"At most {limit.most:,} {limit.what} {window}.",
            f"{chinese}最多{limit.most:,}{_METERS[limit.what]}。",
        )


_WINDOWS = {
    Window.DAY: ("a day", "每日"),
    Window.MONTH: ("a month", "每月"),
    Window.TOTAL: ("in all", "总计"),
}
_METERS = {"queries": "次查询", "rows": "行", "bytes": "字节"}


def _times(terms: Terms) -> Iterator[ClauseText]:
    for duration in terms.period:
        yield _said(
            "period",
            f"It ends {_length(duration, 0)} after it was agreed.",
            f"签订{_length(duration, 1)}后终止。",
        )
    if terms.starts:
        yield _said("from", f"It begins at {_moment(terms.starts)}.", f"自{_moment(terms.starts)}起生效。")
    if terms.ends:
        yield _said("until", f"It ends at {_moment(terms.ends)}.", f"至{_moment(terms.ends)}终止。")


def _duties(terms: Terms) -> Iterator[ClauseText]:
    duties = terms.duties
    for name in duties.attribute:
        yield _said("duties.attribute", f"Name the source: {name}.", f"须注明来源：{name}。", ATTESTED)
    for duration in duties.delete_after:
        english, chinese = _length(duration, 0), _length(duration, 1)
        yield _said(
            "duties.delete_after",
            f"Delete it {english} after reading it.",
            f"读取后{chinese}内删除。",
            ATTESTED,
        )
    for whom in duties.inform:
        yield _said("duties.inform", f"Inform {whom} of the use.", f"须将使用情况告知{whom}。", ATTESTED)
    for what in duties.compensate:
        yield _said("duties.compensate", f"Compensate: {what}.", f"补偿：{what}。", ATTESTED)


def _prohibitions(prohibited: Iterable[str]) -> Iterator[ClauseText]:
    for name in prohibited:
        if name in _REFUSED_HERE:
            yield _said(f"prohibit.{name}", *_REFUSED_HERE[name])
        yield _said(f"prohibit.{name}", *_PROMISED[name], ATTESTED)


_REFUSED_HERE = {
    "combine": ("A query that reads anything else beside it is refused here.", "本节点拒绝联合查询。"),
    "derive": ("Publishing what is made of it is refused here.", "本节点拒绝发布由其衍生的产品。"),
}
_PROMISED = {
    "combine": ("It is not combined with other data elsewhere.", "不在他处与其他数据结合使用。"),
    "derive": ("Nothing that is published elsewhere is made of it.", "不在他处发布由其衍生的产品。"),
    "distribute": ("It is not passed on to others.", "不向第三方转交。"),
}


def _prices(terms: Terms) -> Iterator[ClauseText]:
    if not terms.prices:
        yield _said("price", "Free of charge.", "免费。", ATTESTED)
    for price in terms.prices:
        figures = dict(price.figures)
        yield _said("price", *_PLANS[price.plan](figures), ATTESTED)


def _subscription(figures: Mapping[str, str]) -> tuple[str, str]:
    amount, currency, per = figures["amount"], figures["currency"], figures["per"]
    english, chinese = _PER[per]
    return f"{amount} {currency} {english}.", f"{chinese}{amount} {currency}。"


_PER = {
    "day": ("a day", "每日"),
    "month": ("a month", "每月"),
    "year": ("a year", "每年"),
    "total": ("in all", "总价"),
}


def _metered(figures: Mapping[str, str]) -> tuple[str, str]:
    units = (("query", "a query", "每次查询"), ("thousand_rows", "a thousand rows", "每千行"))
    parts = [(figures[name], english, chinese) for name, english, chinese in units if name in figures]
    currency = figures["currency"]
    return (
        "; ".join(f"{amount} {currency} {english}" for amount, english, _ in parts) + ".",
        "；".join(f"{chinese}{amount} {currency}" for amount, _, chinese in parts) + "。",
    )


_PLANS = {"subscription": _subscription, "metered": _metered}


def _length(duration: Duration, language: int) -> str:
    """Return a duration in words, in English (0) or Chinese (1)."""
    days, seconds = divmod(duration.seconds, 86400)
    parts = [(duration.months, _UNITS["month"]), (days, _UNITS["day"]), (seconds, _UNITS["second"])]
    if duration.months % 12 == 0:
        parts[0] = (duration.months // 12, _UNITS["year"])
    return "".join(_counted(count, unit, language) for count, unit in parts if count).strip()


def _counted(count: int, unit: tuple[str, str], language: int) -> str:
    return f"{count}{unit[1]}" if language else f"{count} {unit[0]}{'s' if count > 1 else ''} "


_UNITS = {
    "year": ("year", "年"),
    "month": ("month", "个月"),
    "day": ("day", "天"),
    "second": ("second", "秒"),
}


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _said(clause: str, english: str, chinese: str, enforcement: Enforcement = ENFORCED) -> ClauseText:
    return ClauseText(clause, {"en": english, "zh": chinese}, enforcement)
