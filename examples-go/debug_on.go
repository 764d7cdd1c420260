//go:build signet_debug

package signet

import "runtime"

// debugCollect makes a handle that is freed too early show itself in the tests.
func debugCollect() { runtime.GC() }
