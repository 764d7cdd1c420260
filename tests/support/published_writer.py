# Appends records to a log with the published package until it is killed, or
# has appended as many as it was told. Says the id of each.
import sys

import signet_auth

home, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
keys = signet_auth.generate_keypair()
for number in range(count):
    action = signet_auth.Action(f"{name}.{number}", params={"x": "y" * (number % 40 * 50)})
    receipt = signet_auth.sign(keys.secret_key, action, name, "owner")
    signet_auth.audit_append(home, receipt)
    print("wrote", receipt.id, flush=True)
