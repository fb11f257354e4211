package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
)

// siteScan is Last Hardware Scan as the site's SMS provider tells it.
type siteScan struct {
	at    time.Time
	zoned bool
	err   error
}

// siteAnswers is how long one answer of a site counts, unless a stage ended since:
// it takes minutes to store an inventory. siteAnswerWait is how long one is waited
// for.
const (
	siteAnswers    = 30 * time.Second
	siteAnswerWait = 5 * time.Second
)

var errNoSiteAnswer = fmt.Errorf("it gave no answer within %s; it is still being asked", siteAnswerWait)

// askSite asks a site for the Last Hardware Scan of a computer, by its NetBIOS name.
type askSite = func(ctx context.Context, server, site, computer string) (at time.Time, zoned bool, err error)

// lastSiteScan adds the Last Hardware Scan that the site tells of a client, where
// its site server and its site code are known and nobody else has told the time. A
// site that refuses, or does not answer, is worth a remark: all else is judged
// without it.
func (t *runTarget) lastSiteScan(ctx context.Context, judge *diagnose.Options) (notes []string) {
	if !judge.LastHardwareScan.IsZero() {
		return nil
	}
	local := t.name == client.ThisMachine
	host, remote := client.Computer(t.name)
	if !local && !remote {
		return nil
	}
	params := t.known()
	if local && params["code"] == "" {
		maps.Copy(params, onlyCode(client.Local{}.Params()))
	}
	server, site := params["site"], params["code"]
	if server == "" || site == "" {
		return nil
	}
	ask := t.askSite
	if ask == nil {
		ask = client.Local{}.LastHardwareScan
	}
	scan, ok := t.beside.site.get(ctx, siteAnswers, siteAnswerWait, func(ctx context.Context) (s siteScan) {
		var computer string
		if remote {
			computer, s.err = client.Remote{Host: host}.NetBIOSName(ctx)
		} else {
			computer, s.err = client.Local{}.NetBIOSName()
		}
		if s.err == nil {
			s.at, s.zoned, s.err = ask(ctx, server, site, computer)
		}
		return s
	})
	if !ok {
		scan.err = errNoSiteAnswer
	}
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(scan.err, client.ErrNoWMI):
		return nil // the client was not asked either, which is told
	case scan.err != nil:
		return []string{fmt.Sprintf("the Last Hardware Scan of site %s on %s is not known: %v", site, server, scan.err)}
	}
	judge.LastHardwareScan, judge.LastHardwareScanLocal, judge.LastHardwareScanSource = scan.at, !scan.zoned, "wmi"
	if !scan.zoned {
		notes = append(notes, fmt.Sprintf("site %s tells Last Hardware Scan without a zone: it is taken for a time on the client's clock", site))
	}
	return notes
}

func onlyCode(params map[string]string) map[string]string {
	return map[string]string{"code": params["code"]}
}
