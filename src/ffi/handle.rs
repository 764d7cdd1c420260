//! Opaque handles: a marker type in C, a reference-counted core value here.
//!
//! The real type never appears in the ABI, so that a private field cannot
//! change it. The bound `Send + Sync` is the proof of the thread rule that the
//! header states: any handle may be used from any thread at any time.

use std::sync::Arc;

/// Ties a marker type to the core type behind it.
pub(super) trait Handle: Sized {
    /// What the pointer really points to.
    type Core: Send + Sync + 'static;

    /// Hands a core value to C as one owned handle.
    fn into_raw(core: Self::Core) -> *mut Self {
        Arc::into_raw(Arc::new(core)).cast_mut().cast()
    }

    /// Borrows the value behind a handle; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle of this type for all of `'a`.
    unsafe fn borrow<'a>(handle: *const Self) -> Option<&'a Self::Core> {
        // SAFETY: a live handle came out of `into_raw`.
        unsafe { handle.cast::<Self::Core>().as_ref() }
    }

    /// A reference of the library's own to the value behind a handle, which
    /// outlives the caller's; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle of this type.
    unsafe fn share(handle: *const Self) -> Option<Arc<Self::Core>> {
        if handle.is_null() {
            return None;
        }
        let core = handle.cast::<Self::Core>();
        // SAFETY: a live handle came out of `into_raw`, an `Arc` turned raw.
        unsafe {
            Arc::increment_strong_count(core);
            Some(Arc::from_raw(core))
        }
    }

    /// Gives up the caller's reference, and answers the value if it was the
    /// last one; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle of this type, not used afterwards.
    unsafe fn take(handle: *mut Self) -> Option<Self::Core> {
        if handle.is_null() {
            return None;
        }
        // SAFETY: a live handle came out of `into_raw`.
        Arc::into_inner(unsafe { Arc::from_raw(handle.cast_const().cast::<Self::Core>()) })
    }

    /// Gives up the caller's reference; nothing for NULL.
    ///
    /// # Safety
    ///
    /// `handle` is NULL or a live handle of this type, not used afterwards.
    unsafe fn release(handle: *mut Self) {
        if !handle.is_null() {
            // SAFETY: a live handle came out of `into_raw`.
            drop(unsafe { Arc::from_raw(handle.cast_const().cast::<Self::Core>()) });
        }
    }
}
