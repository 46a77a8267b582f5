package corrupt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts/order"
)

// Unicode puts 4 to 12 random characters of many scripts in the place of one
// field, each being as likely. The scripts are equally likely for every
// character, and so are the characters of a script.
type Unicode struct{}

// Name returns "garbage_unicode".
func (Unicode) Name() string { return "garbage_unicode" }

// Corrupt implements Strategy.
func (Unicode) Corrupt(e *Edit, r *rand.Rand) bool { return garbage(e, r, 4+r.IntN(9), scripts) }

// Printable puts random printable ASCII characters, from space to tilde, in the place of
// one field, each being as likely.
type Printable struct {
	N int // how many; 0: 6
}

// Name returns "garbage_printable".
func (Printable) Name() string { return "garbage_printable" }

// Check implements Checker: N is not negative.
func (s Printable) Check() error {
	if s.N < 0 {
		return fmt.Errorf("%d characters; give a positive number, or 0 for 6", s.N)
	}
	return nil
}

// Corrupt implements Strategy.
func (s Printable) Corrupt(e *Edit, r *rand.Rand) bool {
	if s.N == 0 {
		s.N = 6
	}
	return garbage(e, r, s.N, ascii)
}

// runes are the characters from first to last. All are assigned.
type runes struct{ first, last rune }

var ascii = []runes{{' ', '~'}}

// Letters and syllables that stand by themselves, and faces.
var scripts = []runes{
	{0x00C0, 0x00D6}, // Latin
	{0x0391, 0x03A1}, // Greek
	{0x0410, 0x044F}, // Cyrillic
	{0x0531, 0x0556}, // Armenian
	{0x05D0, 0x05EA}, // Hebrew
	{0x0621, 0x063A}, // Arabic
	{0x0905, 0x0939}, // Devanagari
	{0x0E01, 0x0E30}, // Thai
	{0x10D0, 0x10F0}, // Georgian
	{0x3041, 0x3096}, // Hiragana
	{0x30A1, 0x30FA}, // Katakana
	{0x4E00, 0x9FA5}, // Han
	{0xAC00, 0xD7A3}, // Hangul
	{0x1F600, 0x1F64F},
}

// garbage puts n random characters in the place of one field.
func garbage(e *Edit, r *rand.Rand, n int, from []runes) bool {
	fields := allFields()
	for {
		f, ok := fields.draw(r)
		if !ok {
			return false
		}
		if !e.Has(f) {
			continue
		}
		text := e.scratch[:0]
		for range n {
			text = appendRune(text, r, from)
		}
		e.scratch = text
		if e.setBytes(f, text) {
			return true
		}
		e.scratch = redraw(text, e, f, r, from)
		if e.setBytes(f, e.scratch) {
			return true
		}
	}
}

// appendRune appends a random character. Both the script and the character come from
// one number, 32 bits each: no character is off its probability by more than
// its script's size times 2^-32.
func appendRune(dst []byte, r *rand.Rand, from []runes) []byte {
	x := r.Uint64()
	s := from[x>>32*uint64(len(from))>>32]
	return utf8.AppendRune(dst, s.first+rune(x&math.MaxUint32*uint64(s.last-s.first+1)>>32))
}

// redraw replaces each character of text that f cannot carry, such as the
// encoding's delimiter, by another: so characters are uniform on those that it
// can. It gives up on a character after so many attempts that there are none.
func redraw(text []byte, e *Edit, f order.Field, r *rand.Rand, from []runes) []byte {
	for i := 0; i < len(text); {
		_, n := utf8.DecodeRune(text[i:])
		again := append(e.char[:0], text[i:i+n]...)
		for range 64 {
			if e.carries(f, again) {
				break
			}
			again = appendRune(e.char[:0], r, from)
		}
		text = slices.Replace(text, i, i+n, again...)
		i += len(again)
	}
	return text
}
