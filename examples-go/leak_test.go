//go:build !asan

package signet

// The address sanitizer keeps freed memory for a while, so that this would see it grow.

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

func resident(t testing.TB) int {
	text := string(must[[]byte](t)(os.ReadFile("/proc/self/status")))
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "VmRSS:") {
			kib := 0
			for _, c := range line {
				if c >= '0' && c <= '9' {
					kib = kib*10 + int(c-'0')
				}
			}
			return kib
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

func TestAHundredThousandForgottenObjectsDoNotLeak(t *testing.T) {
	pair := newPair(t)
	text := must[*Receipt](t)(pair.SignCall(Action{Tool: "t"}, "bot", "")).JSON()
	run := func(count int) {
		for i := range count {
			receipt := must[*Receipt](t)(ParseReceipt(text))
			if i%2 == 0 {
				receipt.Close()
			}
			if _, err := ParseReceipt([]byte("{}")); err == nil {
				t.Fatal("nonsense was read")
			}
			if i%10_000 == 0 {
				runtime.GC()
			}
		}
		runtime.GC()
	}
	run(10_000)
	before := resident(t)
	run(100_000)
	if grown := resident(t) - before; grown > 24*1024 {
		t.Errorf("100 000 objects have left %d KiB behind", grown)
	}
}
