package parquet

import "iter"

// pile is rows of many folders, in the order in which they came. Its zero value, but
// for the memory, is empty.
type pile struct {
	memory  *memory
	blocks  []*block
	folders []int32 // of each row, by number
	numbers map[partition]int32
	names   []partition // of the folders, in the order of their first rows
	counts  []int       // rows of each
	last    int32
	sorted  []int32 // scratch
}

// rows returns how many there are.
func (p *pile) rows() int { return len(p.folders) }

// add returns where a row for a folder is to be put.
func (p *pile) add(folder partition) (*block, int) {
	if len(p.names) == 0 || p.names[p.last] != folder {
		n, known := p.numbers[folder]
		if !known {
			n = int32(len(p.names))
			if p.numbers == nil {
				p.numbers = map[partition]int32{}
			}
			folder = folder.clone()
			p.numbers[folder] = n
			p.names = append(p.names, folder)
			p.counts = append(p.counts, 0)
		}
		p.last = n
	}
	var at int
	p.blocks, at = p.memory.place(p.blocks, len(p.folders))
	p.folders = append(p.folders, p.last)
	p.counts[p.last]++
	return p.blocks[len(p.blocks)-1], at
}

// each calls f for every folder with its rows, in the order in which they came.
func (p *pile) each(f func(folder partition, n int, rows iter.Seq[ref]) error) error {
	next := make([]int, len(p.counts)) // of each folder's rows in sorted
	for i := range next[:max(0, len(next)-1)] {
		next[i+1] = next[i] + p.counts[i]
	}
	if cap(p.sorted) < len(p.folders) {
		p.sorted = make([]int32, len(p.folders), cap(p.folders))
	}
	sorted := p.sorted[:len(p.folders)]
	for row, folder := range p.folders {
		sorted[next[folder]] = int32(row)
		next[folder]++
	}
	for i, folder := range p.names {
		mine := sorted[next[i]-p.counts[i] : next[i]]
		err := f(folder, len(mine), func(yield func(ref) bool) {
			for _, row := range mine {
				if !yield(p.blocks[int(row)/len(block{}.rows)].ref(int(row) % len(block{}.rows))) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// clear empties the pile and gives its memory back.
func (p *pile) clear() {
	p.memory.put(p.blocks)
	p.blocks, p.folders, p.names, p.counts, p.last = p.blocks[:0], p.folders[:0], p.names[:0], p.counts[:0], 0
	clear(p.numbers)
}
