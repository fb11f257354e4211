package cab

import "fmt"

// maxAnyPacked is how many packed bytes a block may have with the other methods.
const maxAnyPacked = maxBlock + 6144

// Verify reads every block of every folder and holds it against its checksum,
// without unpacking: it works for every method. The error is an *Error. Bytes that
// have no checksum are not checked, nor is a signature.
func (r *Reader) Verify() error {
	left := r.length // blocks lie one behind the other: together they cannot be more
	for i, from := range r.folders {
		at := from.at
		for k := range from.blocks {
			what := fmt.Sprintf("block %d of folder %d", k, i)
			next, err := r.verify(at, what)
			if err != nil {
				return err
			}
			if left -= next - at; left < 0 {
				return fault(at, ErrDamaged, "%s, which lies in another", what)
			}
			at = next
		}
	}
	return nil
}

// verify checks a block and says where the next one is.
func (r *Reader) verify(at int64, what string) (next int64, err error) {
	head, err := r.bytes(at, dataSize+int64(r.perData), what)
	if err != nil {
		return 0, err
	}
	packed, plain := int64(le.Uint16(head[4:])), le.Uint16(head[6:])
	if packed > maxAnyPacked || plain > maxBlock {
		return 0, fault(at+4, ErrDamaged, "%s", what)
	}
	body := at + int64(len(head))
	data, err := r.bytes(body, packed, what)
	if err != nil {
		return 0, err
	}
	if !sumHolds(head, data) {
		return 0, fault(at, ErrChecksum, "%s", what)
	}
	return body + packed, nil
}
