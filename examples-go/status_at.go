package signet

// #include <signet.h>
import "C"

// statusAt is the library's list of its statuses, -1 past its end: tests hold the
// constants to it.
func statusAt(index int) Status { return Status(C.signet_status_at(C.size_t(index))) }
