//! A panic in the decoder is a code that was not read.

/// Runs `work` and gives `None` when it panics, without the message on standard error: it would say
/// nothing to the person at the desk, and could quote what was read.
#[cfg(panic = "unwind")]
pub(crate) fn unless_panicking<T>(work: impl FnOnce() -> T) -> Option<T> {
    use std::cell::Cell;
    use std::panic::{self, AssertUnwindSafe};
    use std::sync::Once;

    thread_local! {
        static QUIET: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();

    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work)).ok();
    QUIET.set(before);
    result
}

/// Runs `work`, whose panic would end the module.
#[cfg(not(panic = "unwind"))]
pub(crate) fn unless_panicking<T>(work: impl FnOnce() -> T) -> Option<T> {
    Some(work())
}
