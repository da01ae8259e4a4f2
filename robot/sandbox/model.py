"""What the Sandbox knows: the people, licences, numbers and sites of one company."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

LicenseStatus = Literal["Assigned", "Unassigned", "Suspended"]
NumberStatus = Literal["Available", "Assigned", "PORTING"]
CostCenterType = Literal["independent", "site_based"]

# 8x8 public docs (OpenAPI of the user API): the languages a user can have.
LANGUAGES = [
    "da-DK",
    "de-DE",
    "en-AU",
    "en-GB",
    "en-US",
    "es-ES",
    "fi-FI",
    "fr-BE",
    "fr-CA",
    "fr-CH",
    "fr-FR",
    "it-IT",
    "ja-JP",
    "nl-BE",
    "nl-NL",
    "no-NO",
    "pl-PL",
    "pt-BR",
    "pt-PT",
    "sv-SE",
    "zh-CN",
]
TIME_ZONES = [
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Europe/Paris",
]
# invented: the texts. The API calls these three CUSTOMER, PBX and SITE.
SCOPES = ["Entire company", "Same PBX", "Same site"]
# 8x8 support: "softphone is assigned by default"; the text is invented.
SOFTPHONE = "8x8 Work (softphone)"
# Settings of the form that no operation of the robot touches, as a new user has them. From 8x8
# docs: that they exist, "Same as Site" and `Neither`. invented: all other values.
EXTRAS: dict[str, str | bool] = {
    "address": "",
    "google_id": "",
    "voicemail": True,
    "block_caller_id": False,
    "forward_internet": "Voicemail",
    "forward_busy": "Voicemail",
    "forward_no_answer": "Voicemail",
    "forward_blocked": "Hang up",
    "hold_music": "Default music",
    "calling_country": "Same as Site",
    "emergency_address": "Same as Site",
    "record_calls": False,
    "announcement": "Neither",
    "sms": False,
    "sms_long": False,
    "fax": False,
    "analytics": False,
    "agent_extension": "",
}


@dataclass(slots=True)
class Pbx:
    """One telephone system; a user moves between sites of the same one."""

    id: str
    name: str


@dataclass(slots=True)
class Site:
    """One place. `country` is ISO 3166 alpha-2, `extension_length` counts digits.

    `address` is the service address of its licences and, unless changed, of emergency calls.
    """

    id: str
    name: str
    pbx_id: str
    country: str
    extension_length: int
    code: str
    address: str


@dataclass(slots=True)
class License:
    """One licence. `name` is the type as the console shows it, with SKU and country."""

    id: str
    name: str
    country: str
    status: LicenseStatus = "Unassigned"
    user_id: str | None = None


@dataclass(slots=True)
class Number:
    """One claimed phone number, written `+C NNN-NNN-NNNN`."""

    number: str
    status: NumberStatus = "Available"
    user_id: str | None = None


@dataclass(slots=True)
class CostCenter:
    """A name and the reference billing uses for it."""

    name: str
    reference: str


@dataclass(slots=True)
class Login:
    """Somebody who can sign in. `totp_secret` is base32."""

    username: str
    password: str
    totp_secret: str
    user_id: str
    may_delete: bool = True
    my8x8: bool = True


@dataclass(slots=True)
class User:
    """One row of the users list. Texts are as the console shows them; "" means none."""

    id: str
    username: str
    first_name: str
    last_name: str
    email: str
    site: str
    status: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    job_title: str = ""
    department: str = ""
    personal_contact_number: str = ""
    language: str = "en-US"
    time_zone: str = "America/New_York"
    directory_scope: str = SCOPES[0]
    display_in_directory: bool = True
    scim: bool = False
    license_id: str | None = None
    phone_number: str = ""
    extension: str = ""
    device: str = ""
    cc_queues: list[str] = field(default_factory=list)
    cc_admin: bool = False
    primary_admin: bool = False
    secondary_admin: bool = False
    cost_center: str = ""
    extras: dict[str, str | bool] = field(default_factory=EXTRAS.copy)

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True)
class World:
    """Everything the Sandbox holds to be true."""

    company: str
    cost_center_type: CostCenterType
    pbxs: list[Pbx]
    sites: list[Site]
    cost_centers: list[CostCenter]
    site_cost_centers: dict[str, str]
    users: dict[str, User] = field(default_factory=dict)
    licenses: dict[str, License] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)
    # Types the drop-down lists though only a suspended licence is left of them.
    offered_suspended: set[str] = field(default_factory=set)
    cast: dict[str, str] = field(default_factory=dict)
    joiners: list[str] = field(default_factory=list)
    movers: list[str] = field(default_factory=list)
    leavers: list[str] = field(default_factory=list)
    # My 8x8: Cost Center Opted In, Cost Center Based Billing.
    opted_in: bool = True
    cost_center_billing: bool = False

    def site(self, name: str) -> Site:
        """The site of that name. Raises KeyError."""
        for site in self.sites:
            if site.name == name:
                return site
        raise KeyError(name)

    def license_of(self, user: User) -> License | None:
        """The licence tied to the user."""
        return self.licenses[user.license_id] if user.license_id else None

    def license_name(self, user: User) -> str:
        """Its type, "" without one."""
        license_ = self.license_of(user)
        return license_.name if license_ else ""

    def free_license(self, name: str) -> License | None:
        """An unassigned licence of this type, always the same one of several."""
        free = (one for one in self.licenses.values() if one.name == name)
        return next((one for one in free if one.status == "Unassigned"), None)

    def next_extension(self, site: Site) -> str:
        """The lowest extension of the site's range that nobody on its PBX holds."""
        names = {one.name for one in self.sites if one.pbx_id == site.pbx_id}
        taken = {user.extension for user in self.users.values() if user.site in names}
        width = site.extension_length - len(site.code)
        for index in range(1, 10**width):
            extension = f"{site.code}{index:0{width}d}"
            if extension not in taken:
                return extension
        return ""

    def truth(self) -> dict[str, Any]:
        """The whole state as JSON values, in the shape tests compare."""
        return {
            "company": self.company,
            "cost_center_type": self.cost_center_type,
            "opted_in": self.opted_in,
            "cost_center_billing": self.cost_center_billing,
            "pbxs": [asdict(pbx) for pbx in self.pbxs],
            "sites": [asdict(site) for site in self.sites],
            "users": {user_id: self.truth_of(user) for user_id, user in self.users.items()},
            "licenses": [asdict(one) for one in self.licenses.values()],
            "numbers": [asdict(one) for one in self.numbers.values()],
            "cost_centers": [asdict(one) for one in self.cost_centers],
        }

    def truth_of(self, user: User) -> dict[str, Any]:
        """One user of the truth, with the licence spelt out."""
        record = asdict(user)
        license_ = self.license_of(user)
        record["license"] = license_.name if license_ else ""
        record["license_status"] = license_.status if license_ else ""
        return record
