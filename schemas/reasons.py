"""Why a message is quarantined: the closed list of what a reason's code can be."""

REASONS = {
    "malformed": "the bytes are no JSON object in UTF-8 (or no line of an access log)",
    "unknown_type": "the envelope's type is not declared",
    "misrouted": "the envelope's type belongs to another topic",
    "unknown_version": "the envelope's dataschema is not the contract's",
    "altered": "the record is not the one that its checksum was made of",
    "missing": "a required value is absent or empty",
    "wrong_type": "a value is not of the declared type",
    "not_finite": "a number is NaN or infinite",
    "inexact": "a number has more places than declared",
    "out_of_range": "a number is outside its range",
    "not_allowed": "a text is not in its list",
    "pattern": "a text does not match its pattern",
    "promise": "a promise about several columns is broken",
    "future": "it happened more than five minutes after the broker got it",
    "key_conflict": "an accepted row has the same key and another payload",
}
