"""The languages and time zones a contact may have, as the vendor's sample lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic",
    "bs": "Bosnian",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "zh-CN": "Chinese",
    "zh-TW": "Chinese (Traditional)",
    "zh-HK": "Chinese - Hongkong",
    "hr": "Croatian",
    "cs": "Czech",
    "da": "Danish",
    "nl": "Dutch",
    "en": "English",
    "et": "Estonian",
    "fil": "Filipino",
    "fi": "Finnish",
    "fr": "French",
    "de": "German",
    "el": "Greek",
    "he": "Hebrew",
    "hu": "Hungarian",
    "is": "Icelandic",
    "id": "Indonesian",
    "it": "Italian",
    "ja-JP": "Japanese",
    "ko": "Korean",
    "lv-LV": "Latvian",
    "lt": "Lithuanian",
    "ms": "Malay",
    "nb-NO": "Norwegian",
    "pl": "Polish",
    "pt-BR": "Portuguese (BR)",
    "pt-PT": "Portuguese/Portugal",
    "ro": "Romanian",
    "ru-RU": "Russian",
    "sr": "Serbian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "es": "Spanish",
    "es-LA": "Spanish (Latin America)",
    "sv-SE": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
}

_ZONES = """
-11:00 American Samoa, International Date Line West, Midway Island
-10:00 Hawaii
-09:00 Alaska
-08:00 Pacific Time (US & Canada), Tijuana
-07:00 Arizona, Mazatlan, Mountain Time (US & Canada)
-06:00 Central America, Central Time (US & Canada), Chihuahua, Guadalajara, Mexico City
-06:00 Monterrey, Saskatchewan
-05:00 Bogota, Eastern Time (US & Canada), Indiana (East), Lima, Quito
-04:00 Atlantic Time (Canada), Caracas, Georgetown, La Paz, Santiago
-03:30 Newfoundland
-03:00 Brasilia, Buenos Aires, Greenland, Montevideo
-02:00 Mid-Atlantic
-01:00 Azores, Cape Verde Is.
+00:00 Casablanca, Dublin, Edinburgh, Lisbon, London, Monrovia, UTC
+01:00 Amsterdam, Belgrade, Berlin, Bern, Bratislava, Brussels, Budapest, Copenhagen
+01:00 Ljubljana, Madrid, Paris, Prague, Rome, Sarajevo, Skopje, Stockholm, Vienna, Warsaw
+01:00 West Central Africa, Zagreb
+02:00 Athens, Bucharest, Cairo, Harare, Helsinki, Jerusalem, Kaliningrad, Kyiv, Pretoria
+02:00 Riga, Sofia, Tallinn, Vilnius
+03:00 Baghdad, Istanbul, Kuwait, Minsk, Moscow, Nairobi, Riyadh, St. Petersburg, Volgograd
+03:30 Tehran
+04:00 Abu Dhabi, Baku, Muscat, Samara, Tbilisi, Yerevan
+04:30 Kabul
+05:00 Ekaterinburg, Islamabad, Karachi, Tashkent
+05:30 Chennai, Kolkata, Mumbai, New Delhi, Sri Jayawardenepura
+05:45 Kathmandu
+06:00 Almaty, Astana, Dhaka, Urumqi
+06:30 Rangoon
+07:00 Bangkok, Hanoi, Jakarta, Krasnoyarsk, Novosibirsk
+08:00 Beijing, Chongqing, Hong Kong, Irkutsk, Kuala Lumpur, Perth, Singapore, Taipei
+08:00 Ulaanbaatar
+09:00 Osaka, Sapporo, Seoul, Tokyo, Yakutsk
+09:30 Adelaide, Darwin
+10:00 Brisbane, Canberra, Guam, Hobart, Melbourne, Port Moresby, Sydney, Vladivostok
+11:00 Magadan, New Caledonia, Solomon Is.
+12:00 Auckland, Fiji, Kamchatka, Marshall Is., Wellington
+12:45 Chatham Is.
+13:00 Nuku'alofa, Samoa, Tokelau Is.
"""


def _zones(table: str) -> Mapping[str, str]:
    rows = (line.split(" ", 1) for line in table.strip().splitlines())
    return {zone: f"(GMT{offset}) {zone}" for offset, zones in rows for zone in zones.split(", ")}


TIME_ZONES: Mapping[str, str] = _zones(_ZONES)
