package truth

import "fmt"

// Form is how a key names records: by the columns that each row begins with.
type Form uint8

// The forms.
const (
	Lines   Form = iota // line: the data are one file
	Offsets             // partition,offset: the data are a topic
	Files               // file,line: the data are a directory of files

	numForms = iota
)

var forms = [numForms]string{"line", "partition,offset", "file,line"}

// columns is how many columns name the record's place.
func (f Form) columns() int {
	if f == Lines {
		return 1
	}
	return 2
}

// String returns the columns, such as "partition,offset".
func (f Form) String() string {
	if f < numForms {
		return forms[f]
	}
	return fmt.Sprintf("form(%d)", uint8(f))
}

// ParseForm returns the form whose String is s.
func ParseForm(s string) (Form, error) {
	for f, name := range forms {
		if name == s {
			return Form(f), nil
		}
	}
	return 0, fmt.Errorf("truth: no form is called %q; they are %q", s, forms)
}

// MarshalText returns String, or an error if f is none of the forms.
func (f Form) MarshalText() ([]byte, error) {
	if f >= numForms {
		return nil, fmt.Errorf("truth: %v is no form", f)
	}
	return []byte(f.String()), nil
}

// UnmarshalText is ParseForm.
func (f *Form) UnmarshalText(b []byte) error {
	g, err := ParseForm(string(b))
	if err == nil {
		*f = g
	}
	return err
}
