#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tegata_fuzz::fuzzing::signatures(input);
});
