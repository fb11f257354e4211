package merged

import (
	"hash/maphash"
	"math"
	"strconv"

	"patchtrace/logparse"
)

// place is a byte of a log: parts count from the oldest one that was there at
// first, whatever they are called now.
type place struct {
	part   int
	offset int64
}

func (p place) before(o place) bool {
	return p.part < o.part || p.part == o.part && p.offset < o.offset
}

// piece is a run of bytes of a part.
type piece struct {
	part     int
	from, to int64
}

// block is the index of a run of records. It does not change once it is published.
type block struct {
	ord         int64 // ordinal of the first record
	n           int
	warns, errs int32
	first, last int64 // effective times, nanoseconds of UTC
	unit        int64
	sum         uint64 // hash of the text
	data        []byte // two bits a record of severity, then the times
	pieces      []piece
	manner      logparse.Manner
}

func (b *block) start() place { return place{b.pieces[0].part, b.pieces[0].from} }

func (b *block) severity(i int) logparse.Severity {
	return logparse.Severity(b.data[i>>2] >> (i & 3 * 2) & 3)
}

// times appends the block's effective times to dst.
func (b *block) times(dst []int64) []int64 {
	at := len(dst)
	if cap(dst) < at+b.n {
		dst = append(make([]int64, 0, at+b.n), dst...)
	}
	dst = dst[:at+b.n]
	unpackTimes(dst[at:], b.data[(b.n+3)/4:], b.first, b.unit)
	return dst
}

// noTime marks a record without a date in a digest.
const noTime = math.MinInt64

// digest is what is kept of a block's text when it is first read.
type digest struct {
	pieces      []piece
	manner      logparse.Manner
	size        int
	sum         uint64
	times       []int64 // nanoseconds of UTC as the lines say, noTime without a date
	kept        int     // records that begin in no part behind that of a digester
	sev         []byte
	warns, errs int32
	zoneless    bool
}

func (d *digest) start() place { return place{d.pieces[0].part, d.pieces[0].from} }

// digester makes digests of blocks, with a clock for each.
func digester(c clock) func(*logparse.Block) *digest { return digesterOf(c, math.MaxInt) }

// digesterOf counts the records that begin in the part of that number or before, too.
func digesterOf(c clock, part int) func(*logparse.Block) *digest {
	return func(b *logparse.Block) *digest {
		clock := c
		d := &digest{pieces: piecesOf(b.Pieces()), manner: b.Manner(), size: b.Size()}
		d.sum = maphash.Bytes(seed, b.Text())
		d.times = make([]int64, 0, b.Size()/256+1)
		for rec := range b.Records() {
			d.add(rec, &clock)
			if part == math.MaxInt || partNumber(rec.Pos.Part) <= part {
				d.kept++
			}
		}
		return d
	}
}

func (d *digest) add(rec *logparse.Record, c *clock) {
	t := int64(noTime)
	if rec.Stamp.Dated {
		t = c.nanos(rec.Stamp)
		d.zoneless = d.zoneless || !rec.Stamp.Zoned
	}
	d.sev = packSeverity(d.sev, len(d.times), rec.Severity)
	d.times = append(d.times, t)
	switch rec.Severity {
	case logparse.Warning:
		d.warns++
	case logparse.Error:
		d.errs++
	}
}

// packSeverity adds the severity of record i.
func packSeverity(sev []byte, i int, s logparse.Severity) []byte {
	if i&3 == 0 {
		return append(sev, byte(s))
	}
	sev[i>>2] |= byte(s) << (i & 3 * 2)
	return sev
}

// newest is the time of the last record that has one.
func (d *digest) newest() (int64, bool) {
	for i := len(d.times) - 1; i >= 0; i-- {
		if d.times[i] != noTime {
			return d.times[i], true
		}
	}
	return 0, false
}

// fall makes the times effective ones that do not rise above ceiling, which is
// that of the record behind, and returns the lowest.
func (d *digest) fall(ceiling int64) int64 {
	for i := len(d.times) - 1; i >= 0; i-- {
		if t := d.times[i]; t != noTime {
			ceiling = min(ceiling, t)
		}
		d.times[i] = ceiling
	}
	return ceiling
}

// rise makes the times from record i on effective ones that do not fall below
// floor, which is that of the record before, and returns the highest.
func (d *digest) rise(i int, floor int64) int64 {
	for ; i < len(d.times); i++ {
		floor = max(floor, d.times[i])
		d.times[i] = floor
	}
	return floor
}

// block is the index of a digest whose times are effective ones.
func (d *digest) block(ord int64) *block {
	n := len(d.times)
	b := &block{ord: ord, n: n, warns: d.warns, errs: d.errs, first: d.times[0], last: d.times[n-1], pieces: d.pieces, sum: d.sum, manner: d.manner}
	packed, unit := packTimes(append(make([]byte, 0, n*2+16), d.sev...), d.times)
	b.unit = unit
	b.data = append(make([]byte, 0, len(packed)), packed...)
	return b
}

// Parts are read under their numbers, as their names may change meanwhile.
func partName(n int) string { return strconv.Itoa(n) }

func partNumber(name string) int {
	n, err := strconv.Atoi(name)
	if err != nil {
		return -1
	}
	return n
}

func piecesOf(in []logparse.Piece) []piece {
	out := make([]piece, len(in))
	for i, p := range in {
		out[i] = piece{part: partNumber(p.Part), from: p.From, to: p.To}
	}
	return out
}
