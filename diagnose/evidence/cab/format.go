package cab

import (
	"encoding/binary"
	"time"
)

// Sizes of the fixed parts and limits of the format, in bytes.
const (
	headerSize   = 36
	folderSize   = 8
	fileSize     = 16
	dataSize     = 8
	maxName      = 255
	maxBlock     = 32768      // of unpacked bytes
	maxPacked    = 32768 + 12 // of packed bytes: what MSZIP may add to bytes that do not shrink
	signatureRef = 20         // of the reserve that says where a signature is

	signatureMark = 0x00100000 // with which that reserve begins
)

const magic = "MSCF"

// Flags of the header.
const (
	flagPrev    = 1
	flagNext    = 2
	flagReserve = 4
)

// Attributes are a file's, as DOS has them.
type Attributes uint16

// The attributes. Executable asks for the file to be run after unpacking.
const (
	ReadOnly   Attributes = 0x01
	Hidden     Attributes = 0x02
	System     Attributes = 0x04
	Archive    Attributes = 0x20
	Executable Attributes = 0x40
)

// nameUTF8 stands among the attributes of a file whose name is in UTF-8.
const nameUTF8 Attributes = 0x80

// Method is how a folder's bytes are packed.
type Method uint16

// The methods. Only those of the first two can be written and read.
const (
	Stored  Method = 0
	MSZIP   Method = 1
	Quantum Method = 2
	LZX     Method = 3
)

// methodMask cuts the parameters of the other methods off.
const methodMask = 0x000f

func (m Method) String() string {
	switch m {
	case Stored:
		return "stored"
	case MSZIP:
		return "MSZIP"
	case Quantum:
		return "Quantum"
	case LZX:
		return "LZX"
	}
	return "unknown"
}

var le = binary.LittleEndian

// checksum is the format's own: the words of the data, exclusive-ored. The last
// one to three bytes count in the opposite order.
func checksum(data []byte, seed uint32) uint32 {
	sum := seed
	for ; len(data) >= 4; data = data[4:] {
		sum ^= le.Uint32(data)
	}
	switch len(data) {
	case 3:
		sum ^= uint32(data[0])<<16 | uint32(data[1])<<8 | uint32(data[2])
	case 2:
		sum ^= uint32(data[0])<<8 | uint32(data[1])
	case 1:
		sum ^= uint32(data[0])
	}
	return sum
}

// blockSum is the checksum of a data block: its bytes, then its two sizes and
// reserve.
func blockSum(sizes, data []byte) uint32 { return checksum(sizes, checksum(data, 0)) }

// dosTime packs a wall clock as the format does: two seconds are one step, and
// years go from 1980 to 2107. A time outside of them becomes the nearest.
func dosTime(t time.Time) (date, clock uint16) {
	switch year := t.Year(); {
	case year < 1980:
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	case year > 2107:
		t = time.Date(2107, 12, 31, 23, 59, 58, 0, time.UTC)
	}
	year := t.Year()
	date = uint16((year-1980)<<9 | int(t.Month())<<5 | t.Day())
	clock = uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
	return date, clock
}

// wallTime unpacks what dosTime packs. The zone is that of whoever packed the
// file; it is not known, and the result says UTC. It is zero for fields that are
// no date, such as month 0 or 31 February.
func wallTime(date, clock uint16) time.Time {
	t := time.Date(int(date>>9)+1980, time.Month(date>>5&0xf), int(date&0x1f),
		int(clock>>11), int(clock>>5&0x3f), int(clock&0x1f)*2, 0, time.UTC)
	if d, c := dosTime(t); d != date || c != clock {
		return time.Time{}
	}
	return t
}
