// Command bench times the package against C in the same process, in turns, and prints
// what a call from Go costs as a ratio to the same call from C: `go run ./internal/bench`.
package main

/*
#cgo CFLAGS: -O2 -I${SRCDIR}/../../../include
#include "../../../benches/abi_probe.c"
#include <time.h>

// What the whole process has used of the processors: the garbage collector counts, other
// processes do not.
static int64_t used_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static signet_log *probed;
static const uint8_t *probed_record;
static size_t probed_record_len;

static void probe_log(const uint8_t *home, size_t home_len, const uint8_t *record, size_t record_len) {
	signet_log_options options = SIGNET_LOG_OPTIONS_INIT;
	options.durability = SIGNET_LOG_NONE;
	must(signet_log_open(home, home_len, NULL, NULL, &options, &probed, NULL));
	probed_record = record;
	probed_record_len = record_len;
}

static void probe_append(uint32_t times) {
	signet_log_entry entry;
	while (times--) must(signet_log_append(probed, probed_record, probed_record_len, &entry, NULL));
}
*/
import "C"

import (
	"fmt"
	"log"
	"os"
	"runtime"
	"slices"
	"unsafe"

	"signet"
)

const rounds = 300

var action = []byte(`{"tool":"delete_file","params":{"path":"/srv/data/report.csv","recursive":false,"owner":"alice","mode":420},"target":"mcp://files"}`)

// contest is the processor time of one call from C and from Go: of rounds in which both
// take turns the quarter that was disturbed least, on average.
func contest(times int, fromC, fromGo func(times int)) (c, g float64) {
	one := func(work func(int)) float64 {
		begun := C.used_ns()
		work(times)
		return float64(C.used_ns()-begun) / float64(times)
	}
	one(fromC)
	one(fromGo)
	var cs, gs []float64
	for range rounds {
		cs, gs = append(cs, one(fromC)), append(gs, one(fromGo))
	}
	best := func(values []float64) (sum float64) {
		slices.Sort(values)
		for _, value := range values[:rounds/4] {
			sum += value / (rounds / 4)
		}
		return sum
	}
	return best(cs), best(gs)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	seed := make([]byte, signet.SeedLen)
	for i := range seed {
		seed[i] = byte(i)
	}
	pinned := func(bytes []byte) *C.uint8_t { return (*C.uint8_t)(C.CBytes(bytes)) }
	C.probe_prepare((*C.uint8_t)(unsafe.SliceData(seed)), pinned(action), C.size_t(len(action)))
	agent := must(signet.NewKeyPair(seed))
	trusted := []*signet.PublicKey{agent.PublicKey()}
	sign := func() *signet.Receipt { return must(agent.SignAction(action, "deploy-bot", "ops")) }
	text := sign().JSON()

	folders := [2]string{must(os.MkdirTemp("", "signet")), must(os.MkdirTemp("", "signet"))}
	for _, folder := range folders {
		defer os.RemoveAll(folder)
	}
	home := []byte(folders[0])
	C.probe_log((*C.uint8_t)(unsafe.SliceData(home)), C.size_t(len(home)), pinned(text), C.size_t(len(text)))
	audit := must(signet.OpenLog(folders[1], signet.LogOptions{Durability: signet.DurabilityNone}))
	defer audit.Close()

	fmt.Printf("%s, %s/%s; processor time, the best quarter of %d rounds in turns\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, rounds)
	fmt.Printf("%-44s %10s %10s %8s %8s\n", "", "C", "Go", "ratio", "FFI")
	for _, race := range []struct {
		name          string
		times         int
		fromC, fromGo func(int)
	}{
		{"call that does next to nothing", 5000, func(n int) { C.probe_version(C.uint32_t(n)) }, func(n int) {
			for range n {
				C.signet_abi_version()
			}
		}},
		{"one crossing around a sign in C", 100, func(n int) { C.probe_sign(C.uint32_t(n)) }, func(n int) {
			for range n {
				C.probe_sign(1)
			}
		}},
		{"sign, and Close", 100, func(n int) { C.probe_sign(C.uint32_t(n)) }, func(n int) {
			for range n {
				sign().Close()
			}
		}},
		{"sign, and leave it to the garbage collector", 100, func(n int) { C.probe_sign(C.uint32_t(n)) }, func(n int) {
			for range n {
				sign()
			}
		}},
		{"parse and verify", 100, func(n int) { C.probe_verify(C.uint32_t(n)) }, func(n int) {
			for range n {
				receipt := must(signet.ParseReceipt(text))
				if err := receipt.Verify(trusted); err != nil {
					log.Fatal(err)
				}
				receipt.Close()
			}
		}},
		{"append, without waiting for the disk", 100, func(n int) { C.probe_append(C.uint32_t(n)) }, func(n int) {
			for range n {
				must(audit.AppendJSON(text))
			}
		}},
	} {
		c, g := contest(race.times, race.fromC, race.fromGo)
		fmt.Printf("%-44s %7.0f ns %7.0f ns %8.3f %7.1f%%\n", race.name, c, g, g/c, (g/c-1)*100)
	}
}
