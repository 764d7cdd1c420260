//go:build signet_dynamic

package signet

// The installed library: `make install`, and PKG_CONFIG_PATH if it is elsewhere.

// #cgo pkg-config: signet
import "C"
