//! The export for others: read back with other people's CBOR, COSE and zlib.

use ciborium::Value;
use coset::{CoseSign1, TaggedCborSerializable};
use std::io::Read;
use tegata_certificate::UnixTime;
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_trust_lists::{Header, StatusSet, encode_base, open_shard, token_status_list};

const NOW: UnixTime = UnixTime(1_767_225_600);
const URI: &str = "https://lists.example.jp/v1/status/7";

fn claim(claims: &Value, label: i64) -> Value {
    let pairs = claims.as_map().expect("a map");
    pairs.iter().find(|(key, _)| *key == Value::from(label)).expect("a claim").1.clone()
}

#[test]
fn a_shard_reads_as_a_token_status_list_with_one_bit_an_index() {
    let revoked = [0, 1, 9, 1000, 2041];
    let set = StatusSet::from_sorted(2042, &revoked).expect("a set");
    let header = Header {
        version: 1,
        issued_at: NOW,
        expires_at: NOW.plus(86_400),
        repository_id: "example.jp/test".to_owned(),
    };
    let base = encode_base(&header, 7, &set, &[]).expect("encodes");
    let (shard, _) = open_shard(7, &base, None).expect("opens");
    for kind in [KeyType::Ed25519, KeyType::P256] {
        let key = PrivateKey::generate(kind).expect("random");
        let token = token_status_list(&shard, URI, 43_200, &key).expect("signs");
        let token = CoseSign1::from_tagged_slice(&token).expect("COSE_Sign1 with its tag");
        token
            .verify_signature(&[], |signature, message| key.verifying_key().verify(message, signature))
            .expect("the signature holds");
        let header = &token.protected.header;
        let typ = header.rest.iter().find(|(label, _)| *label == coset::Label::Int(16)).map(|(_, value)| value.clone());
        assert_eq!(typ, Some(Value::from("application/statuslist+cwt")));
        assert_eq!(header.key_id, key.verifying_key().thumbprint());

        let claims: Value = ciborium::from_reader(token.payload.expect("a payload").as_slice()).expect("CBOR");
        assert_eq!(claim(&claims, 2), Value::from(URI));
        assert_eq!(claim(&claims, 4), Value::from(NOW.0 + 86_400));
        assert_eq!(claim(&claims, 6), Value::from(NOW.0));
        assert_eq!(claim(&claims, 65_534), Value::from(43_200));
        let list = claim(&claims, 65_533);
        let member = |name: &str| {
            let pairs = list.as_map().expect("a map");
            pairs.iter().find(|(key, _)| *key == Value::from(name)).expect("a member").1.clone()
        };
        assert_eq!(member("bits"), Value::from(1));
        let mut bits = Vec::new();
        let compressed = member("lst").into_bytes().expect("bytes");
        flate2::read::ZlibDecoder::new(compressed.as_slice()).read_to_end(&mut bits).expect("zlib");
        assert_eq!(bits.len(), 2042usize.div_ceil(8));
        for index in 0..8 * bits.len() {
            let bit = bits[index / 8] >> (index % 8) & 1;
            assert_eq!(bit == 1, revoked.contains(&(index as u32)), "index {index}");
        }
    }
}
