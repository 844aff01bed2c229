//! A station that does more than it may is suspended, and no other.

use super::stores::on_every_store;
use super::{number, open};
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::issue::{IssuingKey, Plan, issue_texts};
use tegata_issuer::{
    Act, ActKind, ActOutcome, Actor, AuditFilter, Register, RegisterError, StationError, StationLimit, SuspensionReason,
};
use tegata_tests::specimen::NOW;

/// 2026-07-01, noon in Japan.
const NOON: UnixTime = UnixTime(1_782_831_600 + 12 * 3600);

fn issued(register: &mut Register, station: &str) -> u64 {
    let mut count = 0;
    let filter = AuditFilter { station: Some(station.into()), acts: vec![ActKind::Issue], ..AuditFilter::default() };
    register.audit(&filter, &mut |_| count += 1).expect("reads");
    count
}

#[test]
fn no_more_than_the_limit_is_issued_however_many_work_at_the_station_at_once() {
    on_every_store(|store| {
        let mut admin = open(store, "admin", "cli", NOON);
        let limit = StationLimit { per_hour: Some(45), ..StationLimit::default() };
        admin.limit_station(Some("counter-1"), &limit).expect("limits");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut register = open(store, "sato", "counter-1", NOON);
                    for _ in 0..4 {
                        let acts = vec![Act::new(ActKind::Issue).about(&number("4711")); 10];
                        match register.note(&acts) {
                            Ok(()) | Err(RegisterError::Suspended { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                });
            }
        });
        assert_eq!(issued(&mut admin, "counter-1"), 40, "the fifth ten would be more than 45");
        let state = admin.station_state("counter-1").expect("reads");
        assert_eq!(state.suspension.map(|suspension| suspension.reason), Some(SuspensionReason::Hour));
        // Every act of it is refused, reads too; another station goes on, and so does this one once it may.
        let mut clerk = open(store, "sato", "counter-1", NOON);
        let refused = clerk.note(&[Act::new(ActKind::Search)]).expect_err("suspended");
        assert!(refused.to_string().contains("station resume counter-1"), "{refused}");
        clerk.note(&[Act::new(ActKind::SignOut)]).expect("ends its session");
        assert!(matches!(clerk.resume_station("counter-1"), Err(StationError::Own)));
        open(store, "sato", "counter-2", NOON).note(&vec![Act::new(ActKind::Issue); 99]).expect("another station");
        admin.resume_station("counter-1").expect("resumes");
        assert!(matches!(admin.resume_station("counter-1"), Err(StationError::NotSuspended)));
        clerk.note(&[Act::new(ActKind::Issue)]).expect("issues again");
        assert_eq!(admin.verify_audit(&[]).expect("verifies").fault, None);
    });
}

#[test]
fn nights_and_refused_sign_ins_suspend_too() {
    on_every_store(|store| {
        let mut admin = open(store, "admin", "cli", NOON);
        let limit = StationLimit { per_night: Some(2), refused: Some(3), ..StationLimit::default() };
        admin.limit_station(None, &limit).expect("limits all");
        let evening = NOON.plus(11 * 3600);
        let mut clerk = open(store, "sato", "counter-1", evening);
        clerk.note(&vec![Act::new(ActKind::Issue); 2]).expect("two before midnight");
        clerk.act_at(evening.plus(3 * 3600));
        assert!(matches!(
            clerk.note(&[Act::new(ActKind::Issue)]),
            Err(RegisterError::Suspended { reason: SuspensionReason::Night, .. })
        ));
        // Refusals are noted all the same: the fourth suspends.
        let mut door = open(store, "nobody", "counter-3", NOON);
        for _ in 0..5 {
            door.note(&[Act::new(ActKind::SignInRefused).outcome(ActOutcome::Refused)]).expect("notes");
        }
        assert!(matches!(
            door.note(&[Act::new(ActKind::SignIn)]),
            Err(RegisterError::Suspended { reason: SuspensionReason::Refused, .. })
        ));
        let stations = admin.stations().expect("reads");
        let suspended: Vec<_> =
            stations.iter().filter(|state| state.suspension.is_some()).map(|state| state.station.as_str()).collect();
        assert_eq!(suspended, ["counter-1", "counter-3"]);
    });
}

#[test]
fn what_is_refused_is_not_issued() {
    on_every_store(|store| {
        let office = store.office(20, 7);
        let state = office.state();
        let keys = [IssuingKey::new(&office.compact, &state, NOW).expect("listed")];
        let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
        let mut register = Register::open(office.location()).expect("opens");
        register
            .limit_station(Some("counter-1"), &StationLimit { per_hour: Some(3), ..StationLimit::default() })
            .expect("limits");
        register.act_for(Actor::new("sato", "counter-1").expect("an actor"));
        register.act_at(NOON);
        let people = register.issuable_after(None, 6).expect("reads");
        let mut done = 0;
        for person in &people {
            match issue_texts(&mut register, &keys, &plan, &person.person.number, NOW) {
                Ok(_) => done += 1,
                Err(error) => assert!(error.to_string().contains("suspended"), "{error}"),
            }
        }
        assert_eq!((done, issued(&mut register, "counter-1")), (3, 3));
        let at = |number: &tegata_issuer::RegisterNumber, register: &mut Register| {
            tegata_issuer::withdraw::person(register, number, NOW).expect("reads").len()
        };
        let numbers: Vec<_> = people.iter().map(|person| person.person.number.clone()).collect();
        let held: Vec<usize> = numbers.iter().map(|number| at(number, &mut register)).collect();
        assert_eq!(held, [1, 1, 1, 0, 0, 0]);
    });
}
