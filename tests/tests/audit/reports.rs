//! Reports on a register whose acts are known.

use super::stores::on_every_store;
use super::{number, open};
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::audit::{
    AuditForm, BreachScope, ReportWish, breach, export_audit, find_certificate, origin, report,
};
use tegata_issuer::issue::{IssuingKey, Plan, issue_texts};
use tegata_issuer::withdraw::{Change, Order, StatusKey, Target, ask, choose};
use tegata_issuer::{Act, ActKind, ActOutcome, Actor, AuditFilter, CertificateHash, Register};
use tegata_keys::Signer;
use tegata_tests::specimen::{DAY, NOW};
use tegata_trust_lists::RevocationReason;

/// 2026-07-01, ten in the morning in Japan.
const MORNING: UnixTime = UnixTime(1_782_831_600 + 10 * 3600);

fn issue(person: &str, certificate: u64) -> Act {
    let hash = CertificateHash::of(&[7; 32], Format::Compact, &certificate.to_string());
    Act::new(ActKind::Issue).about(&number(person)).certificate(hash).with("format", "compact")
}

#[test]
fn totals_and_the_unusual_are_counted_right() {
    on_every_store(|store| {
        let mut sato = open(store, "sato", "counter-1", MORNING);
        sato.note(&[issue("1", 1), issue("2", 2), issue("3", 3), Act::new(ActKind::Print), Act::new(ActKind::Search)])
            .expect("notes");
        // A night in August, an hour with many, one person with many, at two stations, and one certificate twice.
        let mut kato = open(store, "kato", "counter-2", MORNING.plus(40 * DAY + 13 * 3600));
        kato.note(&[issue("4", 4)]).expect("notes");
        kato.act_at(MORNING.plus(41 * DAY));
        let many: Vec<Act> = (100..106).map(|count| issue("5", count)).collect();
        kato.note(&many).expect("notes");
        kato.note(&[issue("1", 7), issue("6", 8), issue("6", 8)]).expect("notes");
        kato.note(&[Act::new(ActKind::View).about(&number("9")).outcome(ActOutcome::Refused)]).expect("notes");
        let wish = ReportWish { per_hour: 8, per_person: 5, watched: vec![number("9")], ..ReportWish::default() };
        let found = report(&mut sato, &wish).expect("reports");
        assert_eq!((found.issued, found.printed, found.refused), (13, 1, 1));
        let total = |month: &str, station: &str, act: &str| {
            let of = |total: &&tegata_issuer::audit::Total| {
                total.month == month && total.station == station && total.act == act
            };
            found.totals.iter().filter(of).map(|total| total.count).sum::<u64>()
        };
        assert_eq!((total("2026-07", "counter-1", "issue"), total("2026-08", "counter-2", "issue")), (3, 10));
        assert_eq!(
            found.night.iter().map(|night| (night.day.as_str(), night.count)).collect::<Vec<_>>(),
            [("2026-08-10", 1)]
        );
        assert_eq!(
            found.volume.iter().map(|hour| (hour.actor.as_str(), hour.count)).collect::<Vec<_>>(),
            [("kato", 9)]
        );
        assert_eq!(found.many_for_one.iter().map(|many| many.count).collect::<Vec<_>>(), [6]);
        assert_eq!(found.duplicates.iter().map(|many| many.count).collect::<Vec<_>>(), [2]);
        assert_eq!(found.at_several_stations.iter().map(|many| many.count).collect::<Vec<_>>(), [2]);
        assert_eq!(found.watched.iter().map(|entry| entry.act).collect::<Vec<_>>(), [ActKind::View]);
        let july = AuditFilter { until: Some(MORNING.plus(DAY)), ..AuditFilter::default() };
        let found = report(&mut sato, &ReportWish { filter: july, ..wish }).expect("reports");
        assert_eq!((found.issued, found.night.len()), (3, 0));
    });
}

#[test]
fn a_certificate_s_origin_and_who_was_affected_by_a_station_an_actor_and_a_key() {
    on_every_store(|store| {
        let office = store.office(30, 3);
        let state = office.state();
        let keys = [IssuingKey::new(&office.compact, &state, NOW).expect("listed")];
        let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
        let mut register = Register::open(office.location()).expect("opens");
        let people: Vec<_> =
            register.issuable_after(None, 5).expect("reads").into_iter().map(|record| record.person.number).collect();
        for (place, station) in ["counter-1", "counter-1", "counter-2"].into_iter().enumerate() {
            register.act_for(Actor::new("sato", station).expect("an actor"));
            register.act_at(NOW.plus(place as i64 * 3600));
            issue_texts(&mut register, &keys, &plan, &people[place], NOW).expect("issues");
        }
        register.act_for(Actor::new("kato", "counter-2").expect("an actor"));
        register.note(&[Act::new(ActKind::View).about(&people[3])]).expect("notes");
        let by = |register: &mut Register, scope: BreachScope| {
            let found = breach(register, &scope).expect("reports");
            let numbers: Vec<String> = found.numbers.iter().map(ToString::to_string).collect();
            assert_eq!(numbers.len() as u64 + found.unnamed, found.persons);
            (numbers, found)
        };
        let texts = |places: &[usize]| places.iter().map(|place| people[*place].to_string()).collect::<Vec<_>>();
        let station = |name: &str| BreachScope { station: Some(name.into()), ..BreachScope::default() };
        let (numbers, found) = by(&mut register, station("counter-1"));
        assert_eq!((numbers, found.certificates, found.report_due), (texts(&[0, 1]), 2, true));
        let (numbers, _) = by(&mut register, station("counter-2"));
        assert_eq!(numbers, texts(&[2, 3]));
        let late = BreachScope { since: Some(NOW.plus(1)), ..station("counter-1") };
        assert_eq!(by(&mut register, late).0, texts(&[1]));
        let actor = BreachScope { actor: Some("kato".into()), ..BreachScope::default() };
        assert_eq!(by(&mut register, actor).0, texts(&[3]));
        let (numbers, none) = by(&mut register, station("counter-9"));
        assert_eq!((numbers.len(), none.persons, none.report_due), (0, 0, false));
        let key = BreachScope { key: Some(office.compact.verifying_key().thumbprint()), ..BreachScope::default() };
        assert_eq!(by(&mut register, key).0, texts(&[0, 1, 2]));
        // Withdrawn, it is told with its issue; by its hash and by its place.
        let status = StatusKey::new(&office.status, true, &state).expect("a key for requests");
        let chosen =
            choose(&mut register, &state, &[Target::Person(people[0].clone())], NOW, &mut |_| {}).expect("found");
        let folder = office.folder().join("requests");
        let order = Order {
            change: Change::Withdraw,
            reason: RevocationReason::Withdrawn,
            sequence: None,
            folder: &folder,
            made_at: NOW,
        };
        ask(&mut register, &status, &chosen, &order).expect("asks");
        let place = format!("{}/{}", chosen.places[0].shard, chosen.places[0].index);
        let hash = find_certificate(&mut register, &place).expect("reads").expect("a certificate");
        assert_eq!(find_certificate(&mut register, &hash.to_string()).expect("reads"), Some(hash));
        let told = origin(&mut register, hash).expect("reads");
        assert_eq!((told.person.as_deref(), told.format), (Some(people[0].as_str()), Some("compact")));
        assert_eq!(told.request, Some((1, true)));
        assert_eq!(told.entries.iter().map(|entry| entry.act).collect::<Vec<_>>(), [ActKind::Issue, ActKind::Revoke]);
        assert_eq!(told.entries[0].station, "counter-1");
    });
}

#[test]
fn an_export_for_a_spreadsheet_holds_no_formula() {
    on_every_store(|store| {
        let mut register = open(store, "=HYPERLINK(\"x\")", "-1", MORNING);
        register.note(&[Act::new(ActKind::SignIn)]).expect("notes");
        let mut csv = Vec::new();
        export_audit(&mut register, &AuditFilter::default(), AuditForm::Csv, &mut csv).expect("reads").expect("writes");
        let mut reader = csv::Reader::from_reader(csv.as_slice());
        let row = reader.records().next().expect("a row").expect("CSV");
        assert_eq!((&row[2], &row[4], &row[5]), ("sign-in", "'=HYPERLINK(\"x\")", "'-1"));
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
    });
}
