//! Signatures, thresholds and the chain of roots: the rows of the attack table about who signed.

mod simulator;

use simulator::{DAY, ID, NOW, RootScene, Scene, assembled, key, keys, load, p256, role, sign, signatures};
use tegata_trust_lists::{Bundle, Role, RootPin, TrustError, TrustState};

#[test]
fn a_good_repository_loads() {
    let state = Scene::new().load().expect("loads");
    assert_eq!((state.repository_id(), state.is_demo()), (ID, false));
    assert_eq!((state.root().header.version, state.trust().header.version, state.head().header.version), (1, 1, 1));
}

/// Loads the scene with its file of `role` replaced; where the head names the file, the head names the new one.
fn load_with(scene: &Scene, role: Role, file: Vec<u8>) -> Result<TrustState, TrustError> {
    match role {
        Role::Root => {
            let roots = vec![file];
            let trust = scene.trust_file();
            let head = scene.head_file(&roots, &trust);
            load(&Bundle { roots, trust, head, ..Bundle::default() }, NOW)
        }
        Role::Trust => load(&scene.bundle_around(file), NOW),
        _ => load(&Bundle { head: file, ..scene.bundle() }, NOW),
    }
}

fn payload_of(scene: &Scene, role: Role) -> Vec<u8> {
    let bundle = scene.bundle();
    let file = match role {
        Role::Root => &bundle.roots[0],
        Role::Trust => &bundle.trust,
        _ => &bundle.head,
    };
    signatures(file).0
}

#[test]
fn no_list_counts_without_its_own_roles_signatures() {
    let scene = Scene::new();
    for role in [Role::Root, Role::Trust, Role::Head] {
        let payload = payload_of(&scene, role);
        assert_eq!(
            load_with(&scene, role, assembled(&payload, &[])).err(),
            Some(TrustError::Malformed { role }),
            "{role}: unsigned"
        );
        assert_eq!(
            load_with(&scene, role, payload.clone()).err(),
            Some(TrustError::Malformed { role }),
            "{role}: bare payload"
        );
        let strangers = keys(3);
        let others = if role == Role::Trust { &scene.head_keys } else { &scene.trust_keys };
        for (what, signers) in [("strangers", &strangers), ("another role's keys", others)] {
            let file = sign(role, ID, &payload, signers);
            assert_eq!(
                load_with(&scene, role, file).err(),
                Some(TrustError::BelowThreshold { role }),
                "{role}: {what}"
            );
        }
    }
}

#[test]
fn a_signature_for_another_role_or_repository_is_dead_here() {
    let scene = Scene::new();
    for (role, own) in
        [(Role::Root, &scene.root_keys), (Role::Trust, &scene.trust_keys), (Role::Head, &scene.head_keys)]
    {
        let payload = payload_of(&scene, role);
        for other in Role::ALL.into_iter().filter(|other| *other != role) {
            let file = sign(other, ID, &payload, own);
            assert_eq!(
                load_with(&scene, role, file).err(),
                Some(TrustError::BelowThreshold { role }),
                "{role} signed as {other}"
            );
        }
        let file = sign(role, "example.jp/other", &payload, own);
        assert_eq!(
            load_with(&scene, role, file).err(),
            Some(TrustError::BelowThreshold { role }),
            "{role} of another repository"
        );
    }
}

#[test]
fn a_list_of_another_type_or_repository_is_refused_even_if_signed_for_this_one() {
    let mut scene = Scene::new();
    let head_as_trust = sign(Role::Trust, ID, &payload_of(&scene, Role::Head), &scene.trust_keys);
    assert_eq!(load_with(&scene, Role::Trust, head_as_trust).err(), Some(TrustError::OtherRole { role: Role::Trust }));
    let trust_as_head = sign(Role::Head, ID, &payload_of(&scene, Role::Trust), &scene.head_keys);
    assert_eq!(load_with(&scene, Role::Head, trust_as_head).err(), Some(TrustError::OtherRole { role: Role::Head }));
    scene.trust.header.repository_id = "example.jp/other".to_owned();
    assert_eq!(scene.error(), TrustError::OtherRepository { role: Role::Trust });
    let mut scene = Scene::new();
    scene.head.repository_id = "example.jp/other".to_owned();
    assert_eq!(scene.error(), TrustError::OtherRepository { role: Role::Head });
}

#[test]
fn one_key_never_counts_twice() {
    let scene = Scene::new();
    let payload = payload_of(&scene, Role::Trust);
    let below = Some(TrustError::BelowThreshold { role: Role::Trust });
    let one = &scene.trust_keys[..1];
    let (_, once) = signatures(&sign(Role::Trust, ID, &payload, one));

    let twice = [once[0].clone(), once[0].clone()];
    assert_eq!(load_with(&scene, Role::Trust, assembled(&payload, &twice)).err(), below, "the same signature twice");

    // The first key's signature under the second key's kid.
    let (_, both) = signatures(&sign(Role::Trust, ID, &payload, &scene.trust_keys[..2]));
    let mut renamed = once[0].clone();
    let kid_of = |signature: &[u8]| signature.iter().position(|b| *b == 0x58).map(|at| at + 1).expect("protected");
    let (from, to) = (kid_of(&both[1]), kid_of(&renamed));
    renamed[to..to + 40].copy_from_slice(&both[1][from..from + 40]);
    assert_eq!(
        load_with(&scene, Role::Trust, assembled(&payload, &[once[0].clone(), renamed])).err(),
        below,
        "the same signature under two kids"
    );

    let mut listed_twice = scene.clone();
    listed_twice.roots[0].list.trust.keys[1] = listed_twice.roots[0].list.trust.keys[0].clone();
    assert_eq!(listed_twice.error(), TrustError::SharedRoleKey { role: Role::Trust }, "the same key twice in the root");
}

#[test]
fn an_ecdsa_signature_and_its_mirror_count_once() {
    let mut scene = Scene::new();
    scene.rename("DEMO/mirror");
    scene.trust_keys = vec![p256(), p256(), p256()];
    scene.trust_signers = scene.trust_keys[..1].to_vec();
    let payload = scene.trust.encode();
    let (_, mut once) = signatures(&scene.trust_file());
    let genuine = once.remove(0);
    let (head, rs) = genuine.split_at(genuine.len() - 64);
    let signature = p256::ecdsa::Signature::from_slice(rs).expect("a signature");
    let mirrored = p256::ecdsa::Signature::from_scalars(*signature.r(), -*signature.s()).expect("in range");
    let mirror = [head, mirrored.to_bytes().as_slice()].concat();

    scene.roots[0].list.trust = role(1, &scene.trust_keys);
    load_with(&scene, Role::Trust, assembled(&payload, std::slice::from_ref(&mirror)))
        .expect("the mirror holds as well");
    scene.roots[0].list.trust = role(2, &scene.trust_keys);
    let file = assembled(&payload, &[genuine, mirror]);
    assert_eq!(load_with(&scene, Role::Trust, file).err(), Some(TrustError::BelowThreshold { role: Role::Trust }));
}

#[test]
fn signatures_of_strangers_beside_enough_good_ones_do_no_harm() {
    let mut scene = Scene::new();
    scene.trust_signers = vec![key(), scene.trust_keys[2].clone(), p256(), scene.trust_keys[0].clone()];
    scene.load().expect("two of three signed");
}

#[test]
fn more_signatures_than_any_list_needs_are_refused_unread() {
    let mut scene = Scene::new();
    scene.trust_signers = (0..65).map(|_| scene.trust_keys[0].clone()).collect();
    assert_eq!(scene.error(), TrustError::Malformed { role: Role::Trust });
}

#[test]
fn impossible_thresholds_are_refused() {
    for threshold in [0, 4, 1 << 32, u64::MAX] {
        let mut scene = Scene::new();
        scene.roots[0].list.trust.threshold = threshold;
        assert_eq!(scene.error(), TrustError::BadThreshold { role: Role::Trust }, "{threshold}");
        let mut scene = Scene::new();
        scene.roots[0].list.root.threshold = threshold;
        assert_eq!(scene.error(), TrustError::BadThreshold { role: Role::Root }, "{threshold}");
    }
    let mut scene = Scene::new();
    scene.roots[0].list.head = role(0, &[]);
    assert_eq!(scene.error(), TrustError::BadThreshold { role: Role::Head });
    let mut scene = Scene::new();
    scene.roots[0].list.head = role(1, &keys(33));
    assert_eq!(scene.error(), TrustError::BadThreshold { role: Role::Head });
}

#[test]
fn a_key_in_two_roles_is_refused() {
    let mut scene = Scene::new();
    let shared = vec![scene.trust_keys[0].clone(), scene.head_keys[1].clone()];
    scene.roots[0].list.head = role(1, &shared);
    assert_eq!(scene.error(), TrustError::SharedRoleKey { role: Role::Head });
    let mut scene = Scene::new();
    scene.roots[0].list.status = Some(role(1, &[scene.root_keys[0].clone(), key()]));
    assert_eq!(scene.error(), TrustError::SharedRoleKey { role: Role::Status });
}

#[test]
fn only_demo_repositories_may_do_with_one_key_a_role() {
    assert!(Scene::one_of_one("DEMO/town").load().expect("loads").is_demo());
    for id in [ID, "demo/town", "DEMOS/town", "x/DEMO/town"] {
        assert!(matches!(Scene::one_of_one(id).error(), TrustError::BelowProductionMinimum { .. }), "{id}");
    }
    let mut scene = Scene::new();
    scene.roots[0].list.trust = role(2, &scene.trust_keys[..2]);
    assert_eq!(scene.error(), TrustError::BelowProductionMinimum { role: Role::Trust }, "no spare key");
    let mut scene = Scene::new();
    scene.roots[0].list.head = role(1, &scene.head_keys[..1]);
    assert_eq!(scene.error(), TrustError::BelowProductionMinimum { role: Role::Head }, "no spare key");
}

#[test]
fn only_the_pinned_first_root_begins_a_chain() {
    let scene = Scene::new();
    let bundle = scene.bundle();
    let other = Scene::new().bundle();
    assert_eq!(TrustState::load(&bundle, &RootPin::of(&other.roots[0]), NOW).err(), Some(TrustError::NotPinned));
    // The pin is of the file, not of the payload: another valid signature set is another file.
    let resigned = scene.sign(Role::Root, &scene.roots[0].list.encode(), &scene.root_keys[1..]);
    let pin = RootPin::of(&bundle.roots[0]);
    assert_eq!(
        TrustState::load(&Bundle { roots: vec![resigned], ..bundle.clone() }, &pin, NOW).err(),
        Some(TrustError::NotPinned)
    );
    assert_eq!(
        TrustState::load(&Bundle { roots: vec![], ..bundle }, &pin, NOW).err(),
        Some(TrustError::BundleMalformed)
    );
}

#[test]
fn a_root_is_followed_by_the_next_if_old_and_new_keys_sign() {
    let mut scene = Scene::new();
    scene.roll(keys(3));
    scene.roll(keys(3));
    assert_eq!(scene.load().expect("loads").root().header.version, 3);
}

#[test]
fn a_next_root_needs_the_old_and_the_new_threshold() {
    let below = TrustError::BelowThreshold { role: Role::Root };
    let mut only_new = Scene::new();
    only_new.roll(keys(3)).signers.drain(..2);
    assert_eq!(only_new.error(), below);
    let mut only_old = Scene::new();
    only_old.roll(keys(3)).signers.truncate(2);
    assert_eq!(only_old.error(), below);
    // One of three leaked: it signs a root with keys of the thief.
    let mut stolen = Scene::new();
    let leaked = stolen.root_keys[0].clone();
    let thief = keys(3);
    stolen.roll(thief.clone()).signers = vec![leaked, thief[0].clone(), thief[1].clone()];
    assert_eq!(stolen.error(), below);
}

#[test]
fn root_versions_have_no_gap_and_no_repetition() {
    for (version, label) in [(3, "gap"), (1, "repetition"), (u64::MAX, "far")] {
        let mut scene = Scene::new();
        scene.roll(keys(3)).list.header.version = version;
        assert_eq!(scene.error(), TrustError::RootVersion { found: version, expected: 2 }, "{label}");
    }
    let mut scene = Scene::new();
    scene.roots[0].list.header.version = 2;
    assert_eq!(scene.error(), TrustError::RootVersion { found: 2, expected: 1 });
}

#[test]
fn the_head_decides_between_two_roots_of_one_version() {
    let mut scene = Scene::new();
    let mut fork = scene.clone();
    scene.roll(keys(3));
    fork.roll(keys(3));
    let (bundle, forked) = (scene.bundle(), fork.bundle());
    let mixed = Bundle { roots: forked.roots, ..bundle };
    assert_eq!(load(&mixed, NOW).err(), Some(TrustError::NotNamedByHead { role: Role::Root }));
}

#[test]
fn an_expired_root_in_the_middle_is_accepted_and_at_the_end_refused() {
    let mut scene = Scene::new();
    let expired = NOW.plus(-1);
    for root in [0, 1] {
        if root == 1 {
            scene.roll(keys(3));
        }
        scene.roots[root].list.header.issued_at = NOW.plus(-800 * DAY);
        scene.roots[root].list.header.expires_at = expired;
    }
    assert_eq!(scene.error(), TrustError::Expired { role: Role::Root, at: expired });
    let RootScene { list, .. } = scene.roll(keys(3));
    list.header.issued_at = NOW;
    list.header.expires_at = NOW.plus(DAY);
    scene.load().expect("the last root is in force");
}

#[test]
fn a_rolled_root_changes_who_signs_head_and_trust() {
    let mut scene = Scene::new();
    let new_head = keys(2);
    let next = scene.roll(keys(3));
    next.list.head = role(1, &new_head);
    assert_eq!(scene.error(), TrustError::BelowThreshold { role: Role::Head });
    scene.head_signers = vec![new_head[1].clone()];
    scene.load().expect("signed by the new key");
}

#[test]
fn a_root_of_another_repository_cannot_continue_the_chain() {
    let mut scene = Scene::new();
    scene.roll(keys(3)).list.header.repository_id = "DEMO/other".to_owned();
    assert_eq!(scene.error(), TrustError::OtherRepository { role: Role::Root });
}
