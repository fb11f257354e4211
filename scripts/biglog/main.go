// Command biglog writes a large log of a Configuration Manager client, for
// measuring: CCM records of natural lengths with a scan and an inventory cycle
// now and then. Its lines are invented, and the same for the same arguments.
//
//	go run ./scripts/biglog -size 1000 FOLDER
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// chatter are lines of ordinary work: %d is a number that changes. Where it stands for
// an update it comes again and again: a client has some hundred of them.
var chatter = []struct {
	component, text string
	of              int // how far the number goes; 0 is any number
}{
	{"WUAHandler", "Its a WSUS Update Source type ({5A0F3C1E-0000-4000-8000-%012d}), adding it.", 0},
	{"WUAHandler", "Existing WUA Managed server was already set (http://sup01.example.test:8530), skipping Group Policy registration. Pass %d", 0},
	{"WUAHandler", "Added Update Source ({5A0F3C1E-0000-4000-8000-%012d}) of content type: 2", 0},
	{"WUAHandler", "Update (Missing): Security Update for Example Suite 12 for x64-based Systems (KB9%06d) (81ea8fd5-ffc4-4020-af1e-888887ad44bd, 200)", 0},
	{"WUAHandler", "Update (Installed): Update for Example Runtime (KB8%06d) (7bf9cee9-8639-4d9a-af9d-e48a60884c5e, 104)", 0},
	{"WUAHandler", "Pruning: update id (2e70730a-841f-4dd8-8bce-%012d) is superseded by (3f81841b-952f-5ee9-9cdf-ff5f69e2447a).", 3600},
	{"WUAHandler", "Waiting for 30 secs for policy to take effect on WU Agent, attempt %d", 0},
	{"WUAHandler", "CWuaHandler::SetCategoriesForStateReportingExclusion called with E0789628-CE08-4437-BE74-2495B842F43B;F54D8A80-C7E1-476C-9995-%012d for leaves", 0},
	{"WUAHandler", "Search Criteria is (DeploymentAction=* AND Type='Software') OR (DeploymentAction=* AND Type='Driver'), pass %d", 0},
}

// cycles are the lines of one cycle of each log, the last its outcome; other
// logs only chatter.
var cycles = map[string][]string{
	"WUAHandler": {
		"Async searching of updates using WUAgent started.",
		"Async searching completed.",
		"Successfully completed scan.",
	},
	"InventoryAgent": {
		"Inventory: Opening store for action {00000000-0000-0000-0000-000000000001} ...",
		"Inventory: Action=Hardware ReportType=Delta",
		"Inventory: Successfully sent report. Destination:mp:MP_HinvEndpoint, ID: {1BAB20A5-0000-4000-8000-065A48E37639}, Timeout: 80640 minutes MsgMode: Signed, Not Encrypted",
	},
	"CcmMessaging": {
		"OutgoingMessage(Queue='mp_mp_relayendpoint', ID={0821CA01-0000-4000-8000-C19826665B0A}): Delivered successfully to host 'mp01.example.test'.",
	},
}

func main() {
	megabytes := flag.Int("size", 1000, "size of each log in `MB`")
	logs := flag.Int("logs", 1, "how many logs share the size")
	failing := flag.Bool("failing", false, "let the last scan fail")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "biglog: want one folder")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *megabytes, *logs, *failing); err != nil {
		fmt.Fprintln(os.Stderr, "biglog:", err)
		os.Exit(1)
	}
}

func run(dir string, megabytes, logs int, failing bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	names := []string{"WUAHandler.log", "InventoryAgent.log", "CcmMessaging.log", "UpdatesStore.log", "UpdatesDeployment.log", "ScanAgent.log", "CAS.log", "LocationServices.log"}
	for i := range logs {
		name := names[i%len(names)]
		if i >= len(names) {
			name = fmt.Sprintf("Other%d.log", i)
		}
		if err := write(filepath.Join(dir, name), int64(megabytes)*1e6/int64(logs), failing); err != nil {
			return err
		}
	}
	return nil
}

func write(file string, size int64, failing bool) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	component := strings.TrimSuffix(filepath.Base(file), ".log")
	cycle := cycles[component]
	at := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	var written int64
	for i := 0; written < size; i++ {
		at = at.Add(time.Duration(50+i%400) * time.Millisecond)
		c := chatter[i*7%len(chatter)]
		n := i
		if c.of > 0 {
			n %= c.of
		}
		text := fmt.Sprintf(c.text, n)
		if k := i % 20000; k < len(cycle) {
			text = cycle[k]
		}
		written += record(w, at, component, text, 1)
	}
	if failing {
		record(w, at.Add(time.Second), component, "Scan failed with error = 0x80244022.", 3)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func record(w *bufio.Writer, at time.Time, component, text string, severity int) int64 {
	n, _ := fmt.Fprintf(w, "<![LOG[%s]LOG]!><time=\"%s+060\" date=\"%s\" component=\"%s\" context=\"\" type=\"%d\" thread=\"%d\" file=\"cwuahandler.cpp:%d\">\r\n",
		text, at.Format("15:04:05.000"), at.Format("01-02-2006"), component, severity, 4000+len(text)*37%900, 1000+len(text))
	return int64(n)
}
