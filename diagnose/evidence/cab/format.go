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
)

const magic = "MSCF"

// Flags of the header.
const (
	flagPrev    = 1
	flagNext    = 2
	flagReserve = 4
)

// attrUTF8 marks a file name in UTF-8.
const attrUTF8 = 0x80

// Method is how a folder's bytes are packed.
type Method uint16

// The methods that can be written and read.
const (
	Stored Method = 0
	MSZIP  Method = 1
)

// methodMask cuts the parameters of the other methods off.
const methodMask = 0x000f

func (m Method) String() string {
	switch m {
	case Stored:
		return "stored"
	case MSZIP:
		return "MSZIP"
	case 2:
		return "Quantum"
	case 3:
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
// years begin at 1980.
func dosTime(t time.Time) (date, clock uint16) {
	year := min(max(t.Year(), 1980), 2107)
	date = uint16((year-1980)<<9 | int(t.Month())<<5 | t.Day())
	clock = uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
	return date, clock
}

// wallTime unpacks what dosTime packs. The zone is that of whoever packed the
// file; it is not known, and the result says UTC.
func wallTime(date, clock uint16) time.Time {
	return time.Date(int(date>>9)+1980, time.Month(date>>5&0xf), int(date&0x1f),
		int(clock>>11), int(clock>>5&0x3f), int(clock&0x1f)*2, 0, time.UTC)
}
