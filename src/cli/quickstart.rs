//! `signet quickstart`: a first identity, a first receipt in the log, verified.

use serde_json::json;
use signet::ErrorKind;
use signet::encoding::key_text;
use signet::identity::{NewIdentity, Protection};
use signet::receipt::{
    Action, ActionOptions, Expiry, Field, SignOptions, Signer, VerifyOptions, sign,
};

use crate::context::Context;
use crate::failure::Done;
use crate::sign::open_log;
use crate::terminal::{answer_line, comment};

const NAME: &str = "signet-agent";
const OWNER: &str = "quickstart";
const CALL: &[u8] = br#"{"params":{"message":"Hello from Signet!"},"target":"mcp://quickstart","tool":"quickstart_test"}"#;

/// Runs it.
pub fn run(context: &Context) -> Done {
    let store = context.keystore()?;
    let created = match store.info(NAME) {
        Ok(_) => false,
        Err(error) if error.kind() == ErrorKind::KeyNotFound => {
            let identity =
                NewIdentity::new(Protection::Unencrypted, context.now()).with_owner(OWNER);
            store.create(NAME, &identity)?;
            true
        }
        Err(error) => return Err(error.into()),
    };
    let identity = store.info(NAME)?;
    let pair = context.unlock(NAME)?;
    let log = open_log(context)?;
    let action = Action::parse(CALL, &ActionOptions::default())?;
    let signer = Signer {
        name: NAME,
        owner: identity.owner.as_deref().unwrap_or_default(),
    };
    let now = context.now();
    let options = SignOptions {
        principal: identity.principal.as_deref(),
        time: Some(now),
        ..SignOptions::default()
    };
    let receipt = sign(&pair, &action, &signer, &options)?;
    log.append(&receipt)?;
    receipt.verify(&VerifyOptions {
        trusted: &[pair.public_key()],
        expiry: Expiry::JudgedAt(now),
    })?;

    let id = receipt.text(Field::Id).unwrap_or_default();
    if context.json {
        return answer_line(
            json!({
                "created": created,
                "name": NAME,
                "public_key": key_text::prefixed(pair.public_key()),
                "receipt_id": id,
            })
            .to_string(),
        );
    }
    let key = key_text::bare(pair.public_key());
    let (keys, audit) = (context.home().join("keys/"), context.home().join("audit/"));
    comment(format!(
        "1. {} identity '{NAME}' ({key})\n\
         2. Signed a first call ({id})\n\
         3. It is in the log, and it verifies\n\n\
         Keys:      {}\n\
         Audit log: {}\n\n\
         From here:\n  \
           signet sign --key {NAME} --tool TOOL --params '{{}}' --target mcp://server\n  \
           signet audit --since 1h\n  \
           signet verify --chain",
        if created { "Made the" } else { "Took the" },
        keys.display(),
        audit.display(),
    ));
    Ok(())
}
