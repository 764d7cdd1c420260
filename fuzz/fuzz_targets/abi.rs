//! Any bytes through the C functions that take bytes: the first byte chooses the
//! function, the second where the input is cut in two. Outputs must be what the
//! header promises for success and for failure.

#![no_main]
#![allow(non_camel_case_types)]

use std::ptr::{null, null_mut};

use libfuzzer_sys::fuzz_target;
use signet::ffi::buffer::{signet_buffer, signet_buffer_data, signet_buffer_free};
use signet::ffi::error::{
    signet_error, signet_error_free, signet_error_message, signet_error_status,
};
use signet::ffi::json::{signet_json_canonicalize, signet_json_hash, signet_parse_options};
use signet::ffi::keypair::{
    signet_keypair, signet_keypair_free, signet_keypair_from_secret, signet_keypair_sign,
};
use signet::ffi::keystore::{
    signet_keystore, signet_keystore_delete, signet_keystore_free, signet_keystore_load,
    signet_keystore_open,
};
use signet::ffi::log_proof::{signet_consistency_verify, signet_proof_verify, signet_record_hash};
use signet::ffi::public_key::{
    signet_public_key, signet_public_key_free, signet_public_key_parse, signet_public_key_text,
    signet_public_key_verify,
};
use signet::ffi::receipt::{
    signet_action_from_tools_call, signet_receipt, signet_receipt_free, signet_receipt_json,
    signet_receipt_parse, signet_receipt_sign,
};
use signet::ffi::receipt_fields::{signet_receipt_params, signet_receipt_text};
use signet::ffi::receipt_verify::signet_receipt_verify;
use signet::ffi::status::signet_status;

/// Checks a failure's error object, or that a success has none; answers success.
unsafe fn settled(status: signet_status, error: *mut signet_error) -> bool {
    if status == signet_status::SIGNET_OK {
        assert!(error.is_null());
        return true;
    }
    assert_ne!(status, signet_status::SIGNET_ERR_INTERNAL);
    assert!(!error.is_null());
    assert!(unsafe { signet_error_status(error) } == status);
    let mut len = 0;
    let text = unsafe { signet_error_message(error, &mut len) };
    let text = unsafe { std::slice::from_raw_parts(text, len) };
    let text = std::str::from_utf8(text).expect("messages are UTF-8");
    assert!(!text.is_empty() && !text.contains('\n'));
    unsafe { signet_error_free(error) };
    false
}

fuzz_target!(|input: &[u8]| {
    let [choice, cut, rest @ ..] = input else {
        return;
    };
    let cut = usize::from(*cut).min(rest.len());
    let (first, second) = rest.split_at(cut);
    let mut error: *mut signet_error = null_mut();
    unsafe {
        match choice % 10 {
            0 => {
                let mut out: *mut signet_buffer = null_mut();
                let status = signet_json_canonicalize(
                    rest.as_ptr(),
                    rest.len(),
                    null(),
                    &mut out,
                    &mut error,
                );
                assert_eq!(settled(status, error), !out.is_null());
                let _ = signet_buffer_data(out, null_mut());
                signet_buffer_free(out);
            }
            1 => {
                let mut hash = [0; 32];
                let options = signet_parse_options {
                    struct_size: size_of::<signet_parse_options>() as u32,
                    flags: 0,
                    max_depth: cut as u32,
                    reserved: 0,
                    max_len: second.len() as u64,
                };
                let status = signet_json_hash(
                    rest.as_ptr(),
                    rest.len(),
                    &options,
                    hash.as_mut_ptr(),
                    &mut error,
                );
                let done = settled(status, error);
                assert!(done || hash == [0; 32]);
            }
            2 => {
                let mut key: *mut signet_public_key = null_mut();
                let status =
                    signet_public_key_parse(rest.as_ptr(), rest.len(), &mut key, &mut error);
                assert_eq!(settled(status, error), !key.is_null());
                let mut len = 0;
                for form in 0..6 {
                    let _ = signet_public_key_text(key, form, &mut len);
                }
                signet_public_key_free(key);
            }
            3 => {
                let mut pair: *mut signet_keypair = null_mut();
                let status =
                    signet_keypair_from_secret(first.as_ptr(), first.len(), &mut pair, &mut error);
                if settled(status, error) {
                    let (mut signature, mut key) = ([0; 64], null_mut());
                    let status = signet_keypair_sign(
                        pair,
                        second.as_ptr(),
                        second.len(),
                        signature.as_mut_ptr(),
                        &mut error,
                    );
                    assert!(settled(status, error));
                    let status =
                        signet::ffi::keypair::signet_keypair_public_key(pair, &mut key, null_mut());
                    assert!(status == signet_status::SIGNET_OK);
                    let status = signet_public_key_verify(
                        key,
                        second.as_ptr(),
                        second.len(),
                        signature.as_ptr(),
                        &mut error,
                    );
                    assert!(settled(status, error));
                    signet_public_key_free(key);
                }
                signet_keypair_free(pair);
            }
            4 => {
                let mut action: *mut signet_buffer = null_mut();
                let status = signet_action_from_tools_call(
                    second.as_ptr(),
                    second.len(),
                    first.as_ptr(),
                    first.len(),
                    b"stdio".as_ptr(),
                    5,
                    null(),
                    &mut action,
                    &mut error,
                );
                assert_eq!(settled(status, error), !action.is_null());
                signet_buffer_free(action);
            }
            5 => {
                let mut receipt: *mut signet_receipt = null_mut();
                let options = signet_parse_options {
                    struct_size: size_of::<signet_parse_options>() as u32,
                    flags: u32::from(cut > 127),
                    max_depth: 0,
                    reserved: 0,
                    max_len: 0,
                };
                let status = signet_receipt_parse(
                    second.as_ptr(),
                    second.len(),
                    &options,
                    &mut receipt,
                    &mut error,
                );
                assert_eq!(settled(status, error), !receipt.is_null());
                let mut len = 0;
                for field in 0..20 {
                    let _ = signet_receipt_text(receipt, field, &mut len);
                }
                let _ = signet_receipt_params(receipt, &mut len);
                let status = signet_receipt_verify(receipt, null(), 0, null(), &mut error);
                assert!(!settled(status, error));
                signet_receipt_free(receipt);
            }
            6 => {
                let mut hash = [0; 32];
                let status =
                    signet_record_hash(rest.as_ptr(), rest.len(), hash.as_mut_ptr(), &mut error);
                let done = settled(status, error);
                assert!(done || hash == [0; 32]);
                let (mut index, mut size) = (7, 7);
                let status = signet_proof_verify(
                    second.as_ptr(),
                    second.len(),
                    hash.as_ptr(),
                    first.as_ptr(),
                    first.len(),
                    &mut index,
                    &mut size,
                    &mut error,
                );
                assert!(settled(status, error) || (index, size) == (7, 7));
            }
            7 => {
                let status = signet_consistency_verify(
                    second.as_ptr(),
                    second.len(),
                    second.as_ptr(),
                    second.len(),
                    rest.as_ptr(),
                    rest.len(),
                    first.as_ptr(),
                    first.len(),
                    &mut error,
                );
                settled(status, error);
            }
            8 => {
                let (mut store, mut pair): (*mut signet_keystore, *mut signet_keypair) =
                    (null_mut(), null_mut());
                let home = b"/nonexistent/home";
                let status =
                    signet_keystore_open(home.as_ptr(), home.len(), null(), &mut store, &mut error);
                assert!(settled(status, error));
                let status = signet_keystore_load(
                    store,
                    first.as_ptr(),
                    first.len(),
                    second.as_ptr(),
                    second.len(),
                    &mut pair,
                    &mut error,
                );
                assert!(!settled(status, error) && pair.is_null());
                let status = signet_keystore_delete(store, rest.as_ptr(), rest.len(), &mut error);
                assert!(!settled(status, error));
                signet_keystore_free(store);
            }
            _ => {
                let mut pair: *mut signet_keypair = null_mut();
                let mut receipt: *mut signet_receipt = null_mut();
                let status =
                    signet_keypair_from_secret([7; 32].as_ptr(), 32, &mut pair, &mut error);
                assert!(settled(status, error));
                let status = signet_receipt_sign(
                    pair,
                    second.as_ptr(),
                    second.len(),
                    first.as_ptr(),
                    first.len(),
                    null(),
                    0,
                    null(),
                    &mut receipt,
                    &mut error,
                );
                assert_eq!(settled(status, error), !receipt.is_null());
                let mut len = 0;
                let _ = signet_receipt_json(receipt, &mut len);
                signet_receipt_free(receipt);
                signet_keypair_free(pair);
            }
        }
    }
});
