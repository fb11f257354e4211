package lab

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/cab"
)

// Reasons of Windows not to trust a signature.
const (
	trustNone      sysError = 0x800B0100
	trustExpired   sysError = 0x800B0101
	trustUntrusted sysError = 0x800B0109
	trustDigest    sysError = 0x80096010
)

func init() {
	sysTexts[trustNone] = "No signature was present in the subject"
	sysTexts[trustExpired] = "A required certificate is not within its validity period"
	sysTexts[trustUntrusted] = "A certificate chain terminated in a root certificate which is not trusted"
	sysTexts[trustDigest] = "The digital signature of the object did not verify"
}

// signature is what stands behind a practice cabinet. The form is our own.
type signature struct {
	Certificate []byte `json:"certificate"` // DER
	Signature   []byte `json:"signature"`   // Ed25519
}

// signer signs catalogues as their maker does.
type signer struct {
	key  ed25519.PrivateKey
	cert []byte // DER
}

// certificateLife is how long before and after its making a certificate holds.
const certificateLife = 400 * 24 * time.Hour

func newSigner(now time.Time) (*signer, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for the catalogue: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.Unix()), Subject: pkix.Name{CommonName: "LAB catalogue maker (practice)"},
		NotBefore: now.Add(-certificateLife), NotAfter: now.Add(certificateLife),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for the catalogue: %w", err)
	}
	return &signer{key, cert}, nil
}

// root is the certificate as a client keeps it.
func (s *signer) root() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert})
}

func (s *signer) sign(cabinet []byte) ([]byte, error) {
	return json.Marshal(signature{s.cert, ed25519.Sign(s.key, cabinet)})
}

// verify checks that the cabinet is signed by somebody whom the client trusts,
// at the time that the client's clock shows.
func (s *session) verify(data []byte) error {
	r, err := cab.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	covered, raw, err := r.Signature()
	switch {
	case err != nil:
		return err
	case raw == nil:
		return trustNone
	}
	var sig signature
	if err := json.Unmarshal(raw, &sig); err != nil {
		return trustDigest
	}
	cert, err := x509.ParseCertificate(sig.Certificate)
	if err != nil {
		return trustDigest
	}
	if key, ok := cert.PublicKey.(ed25519.PublicKey); !ok || !ed25519.Verify(key, covered, sig.Signature) {
		return trustDigest
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: s.roots(), CurrentTime: s.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return trustExpired
	}
	return trustUntrusted
}

// roots are the certificates that the client trusts.
func (s *session) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	entries, err := s.disk.list(dirRoots)
	if err != nil {
		return pool
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".pem") {
			continue
		}
		if text, err := s.disk.read(dirRoots + "/" + e.Name()); err == nil {
			pool.AppendCertsFromPEM(text)
		}
	}
	return pool
}
