// All that is printed, with what files and specs say in it: text that cannot move, colour or title the terminal.

import Files
import Foundation

/// Prints to standard output. It takes the place of Swift's own function everywhere in this target.
func print(_ text: String, terminator: String = "\n") {
  draw(Escaped.terminal(text) + terminator)
}

/// Writes to standard output as it stands: what moves the cursor. Ends the process if that is not possible, as on a full disk.
func draw(_ text: String) {
  do {
    try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  } catch {
    complain("the output cannot be written: \(error.localizedDescription)")
    exit(1)
  }
}

/// Prints to standard error.
func complain(_ text: String) {
  FileHandle.standardError.write(Data((Escaped.terminal(text) + "\n").utf8))
}
