package signet

// #include <signet.h>
import "C"

import "fmt"

// Version is the release of the library that is loaded, such as "0.1.0".
func Version() string { return C.GoString(C.signet_version_string()) }

// A program that was built against one binary interface must not run on another.
// Linked statically they cannot differ; a shared library can be exchanged.
func init() {
	if err := checkABI(uint32(C.signet_abi_version()), C.SIGNET_ABI_VERSION); err != nil {
		panic(err)
	}
}

func checkABI(loaded, compiled uint32) error {
	if loaded != compiled {
		return fmt.Errorf("signet: the library that was loaded has ABI version %d, this program was built for %d: install the matching libsignet.so.%d",
			loaded, compiled, compiled)
	}
	return nil
}
