// The processes that the bench is compared with: what they answer, and what is said of those that do not.

import Experiments
import Foundation
import TestSupport
import Testing

@Suite struct BenchPeerTests {
  /// A peer whose script is written for a shell.
  private func withPeer(
    _ script: String, python: String = "sh", _ body: (PeerProcess) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "peer")
      try Data(script.utf8).write(to: file)
      let peer = PeerProcess(file, ["7"], python: python)
      defer { peer.end() }
      try body(peer)
    }
  }

  @Test("a peer answers once, and then every question")
  func answers() throws {
    try withPeer(
      #"echo "$1"; read a b; echo "[\"$a\", \"$b\"]"; read a; echo "[\"${a}$a\"]""#
    ) { peer in
      #expect(peer.answer(Int.self).value == 7)
      #expect(peer.ask("training 0.5", [String].self).value == ["training", "0.5"])
      #expect(peer.ask("x", [String].self).value == ["xx"])
      let last = peer.ask("y", [String].self)
      #expect(last.value == nil && last.excuse("It") == "It: failed: ended with status 0")
    }
  }

  @Test("a module, a program or a script that is missing is not a failure")
  func absent() throws {
    try withPeer("exit 3") { peer in
      #expect(peer.answer(Int.self).excuse("PyTorch") == "PyTorch: not on this machine")
    }
    try withPeer("echo 1", python: "no-such-python") { peer in
      #expect(peer.answer(Int.self).excuse("PyTorch") == "PyTorch: not on this machine")
    }
    let peer = PeerProcess(URL(fileURLWithPath: "/no/such/script"), [], python: "sh")
    #expect(peer.answer(Int.self).excuse("PyTorch") == "PyTorch: not on this machine")
    #expect(peer.ask("x", Int.self).value == nil)
  }

  @Test("a failure is told in the peer's last words, and a line that is no JSON in its own")
  func failed() throws {
    try withPeer("echo one >&2; echo two >&2; exit 1") { peer in
      #expect(peer.answer(Int.self).excuse("PyTorch") == "PyTorch: failed: two")
    }
    try withPeer("echo words") { peer in
      #expect(peer.answer(Int.self).excuse("It")?.contains("found ‘words’") == true)
    }
  }

  @Test("what is demanded of OpenBLAS in this process is not demanded of a peer")
  func environment() throws {
    try withPeer(#"env | grep -c '^OPENBLAS_'"#) { peer in
      #expect(peer.answer(Int.self).value == 0)
    }
  }
}
