#!/usr/bin/env python3
"""Reads our FHIR exports with models that are not ours, and compares what they find.

    fhir_records.py FOLDER

FOLDER holds bundle.json (a bundle of some people), all.ndjson (everybody, one resource a line) and expected.json:

    {"1000000007": {"kanji": "...", "kana": "...", "latin": "YAMADA<<TARO", "birth": "1970-01-01", "gender": "male",
                    "nationality": "JPN", "passport": "TK1234567", "shielded": false,
                    "doses": [{"number": 1, "date": "2021-06-01", "cvx": "208", "lot": "...", "site": "..."}]}}

with null for what the register does not say. Every resource is read by fhir.resources (R4B, in which Bundle, Patient
and Immunization are those of R4): elements, types, cardinalities, required codes. Then what JP Core demands of a
patient and of every name, and that every reference means a resource that is there.

Exit status: 0 all hold, 1 something does not, 2 wrong usage, 77 skipped because a module is missing.
"""

import argparse
import json
import pathlib
import sys

SKIPPED = 77

try:
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.immunization import Immunization
    from fhir.resources.R4B.patient import Patient
except ImportError as missing:
    print(f"skipped: {missing}; pip install -r tests/readers/requirements.txt", file=sys.stderr)
    sys.exit(SKIPPED)

CORE = "http://jpfhir.jp/fhir/core/StructureDefinition/"
REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
NATIONALITY = "http://hl7.org/fhir/StructureDefinition/patient-nationality"
NUMBERS = "https://github.com/tegata/tegata/fhir/resident-number"


class Wrong(Exception):
    """What a resource says is not what the register does, or it is no FHIR."""


def same(what, found, expected):
    if found != expected:
        raise Wrong(f"{what}: {found!r}, not {expected!r}")


def text(value):
    return None if value is None else str(value)


def names(patient):
    found = {}
    for name in patient.name:
        writings = [part.valueCode for part in name.extension or [] if part.url == REPRESENTATION]
        same("representations of a name", len(writings), 1)
        found[writings[0]] = name.text
        for part in [name.family, *(name.given or [])]:
            # A blank in a part stands for a filler of the passport's name.
            if part is not None and part.replace(" ", "<") not in name.text.replace(" ", "<").replace("\u3000", "<"):
                raise Wrong("a part of a name that is not in its text")
    return found


def nationality(patient):
    for extension in patient.extension or []:
        if extension.url == NATIONALITY:
            concept = extension.extension[0].valueCodeableConcept
            return concept.coding[0].code if concept.coding else concept.text
    return None


def check_patient(patient, expected):
    same("profile", patient.meta.profile, [CORE + "JP_Patient"])
    found = names(patient)
    same("kanji", found.get("IDE"), expected["kanji"])
    same("kana", found.get("SYL"), expected["kana"])
    latin = found.get("ABC")
    same("latin", latin and latin.rstrip("<"), expected["latin"])
    same("birth", text(patient.birthDate), expected["birth"])
    same("gender", patient.gender, expected["gender"])
    same("nationality", nationality(patient), expected["nationality"])
    passports = [one.value for one in patient.identifier if one.type and one.type.coding[0].code == "PPN"]
    same("passport", passports, [expected["passport"]] if expected["passport"] else [])
    same("shielded", [label.code for label in patient.meta.security or []], ["R"] if expected["shielded"] else [])


def check_dose(dose, expected):
    same("profile", dose.meta.profile, [CORE + "JP_Immunization"])
    same("status", dose.status, "completed")
    same("date", text(dose.occurrenceDateTime), expected["date"])
    codes = [one.code for one in dose.vaccineCode.coding if one.system == "http://hl7.org/fhir/sid/cvx"]
    same("cvx", codes, [expected["cvx"]])
    same("lot", dose.lotNumber, expected["lot"])
    same("site", dose.location and dose.location.display, expected["site"])
    same("number", dose.protocolApplied[0].doseNumberPositiveInt, expected["number"])


def check(resources, expected):
    """Resources, each with the address that references use."""
    patients = {address: one for address, one in resources if isinstance(one, Patient)}
    addresses = [address for address, _ in resources]
    same("addresses that are not unique", len(set(addresses)), len(addresses))
    doses = {address: [] for address in patients}
    for _, one in resources:
        if isinstance(one, Immunization):
            if one.patient.reference not in patients:
                raise Wrong("a reference to nobody")
            doses[one.patient.reference].append(one)
    for address, patient in patients.items():
        number = next(one.value for one in patient.identifier if one.system == NUMBERS)
        wanted = expected[number]
        check_patient(patient, wanted)
        given = sorted(doses[address], key=lambda dose: (str(dose.occurrenceDateTime), dose.id))
        same("doses", len(given), len(wanted["doses"]))
        for dose, one in zip(given, wanted["doses"]):
            check_dose(dose, one)
    return len(patients), sum(map(len, doses.values()))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    expected = json.loads((folder / "expected.json").read_text())
    kinds = {"Patient": Patient, "Immunization": Immunization}
    try:
        bundle = Bundle.model_validate_json((folder / "bundle.json").read_text())
        people, doses = check([(entry.fullUrl, entry.resource) for entry in bundle.entry], expected)
        print(f"bundle: {people} patients, {doses} immunisations")
        resources = []
        for line in (folder / "all.ndjson").read_text().splitlines():
            kind = json.loads(line)["resourceType"]
            resource = kinds[kind].model_validate_json(line)
            resources.append((f"{kind}/{resource.id}", resource))
        people, doses = check(resources, expected)
        same("people", people, len(expected))
        print(f"lines: {people} patients, {doses} immunisations")
    except (Wrong, ValueError, KeyError) as error:
        print(f"wrong: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
