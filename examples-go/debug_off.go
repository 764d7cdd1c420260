//go:build !signet_debug

package signet

func debugCollect() {}
