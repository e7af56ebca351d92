// What can be checked without running anything: digests and networks of a store, archives that travel, renderings that agree with
// their records, and the reviewers' checklist.

import Experiments
import Files
import Foundation
import Reproducibility
import Testing
import Training

import Reporting

private func changed(_ url: URL, _ change: (String) -> String) throws {
  let text = try String(contentsOf: url, encoding: .utf8)
  let other = change(text)
  #expect(other != text, "the change changes something")
  try Data(other.utf8).write(to: url)
}

@Suite("Integrity of what is stored") struct IntegrityTests {
  @Test("a store as it was written has nothing wrong, and every record and network is looked at")
  func intact() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let found = Integrity(of: workshop.store)
    #expect(found.problems == [])
    #expect(found.recordCount == 2 * 3 + 4 * 3)
    #expect(found.networkCount == 4 * 3)
  }

  @Test("altered records, histories, networks and folders are named")
  func altered() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    let one = try workshop.url(run, seed: 1)
    let two = try workshop.url(run, seed: 2)
    let three = try workshop.url(run, seed: 3)
    try changed(one.appending(path: "record.json")) {
      $0.replacingOccurrences(of: "\"density\" : 0.1", with: "\"density\" : 0.2")
        .replacingOccurrences(of: "\"density\": 0.1", with: "\"density\": 0.2")
    }
    try Data("step,metric\n".utf8).write(to: two.appending(path: "history.csv"))
    try Data("nothing".utf8).write(to: three.appending(path: RecordStore.networkFile))
    let found = Integrity(of: workshop.store).problems
    #expect(found.count == 3, "\(found)")
    #expect(found.contains { $0.contains(one.lastPathComponent) && $0.contains("digest") })
    #expect(found.contains { $0.contains(two.lastPathComponent) && $0.contains("history") })
    #expect(found.contains { $0.contains(three.lastPathComponent) && $0.contains("network") })
    let moved = three.deletingLastPathComponent().appending(path: "0000000000000000-s3")
    try FileManager.default.moveItem(at: three, to: moved)
    #expect(
      Integrity(of: workshop.store).problems.contains {
        $0.contains("0000000000000000-s3: the record is that of")
      })
  }

  @Test("an edited metric, a history cut at a line and a deleted network are named")
  func unseenDamage() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    let history = [
      HistoryRow(step: 1, metric: "validation-loss", value: 0.5),
      HistoryRow(step: 2, metric: "validation-loss", value: 0.25),
    ]
    try workshop.add(run, seed: 4, accuracy: 98, storesNetwork: true, history: history)
    if let parent = run.parent { try workshop.add(parent, seed: 4, accuracy: 98) }
    let folders = try [1, 4, 3].map { try workshop.url(run, seed: $0) }
    try changed(folders[0].appending(path: "record.json")) {
      $0.replacing(/"payload-ratio" ?: ?20/, with: "\"payload-ratio\" : 21")
    }
    try changed(folders[1].appending(path: "history.csv")) {
      $0.replacingOccurrences(of: "2,validation-loss,0.25\n", with: "")
    }
    try FileManager.default.removeItem(at: folders[2].appending(path: RecordStore.networkFile))
    let found = Integrity(of: workshop.store).problems
    #expect(found.count == 3, "\(found)")
    for (folder, word) in zip(folders, ["digest", "digest", "network"]) {
      #expect(found.contains { $0.contains(folder.lastPathComponent) && $0.contains(word) })
    }
  }

  @Test("records from before there were digests are told, and sealed as they stand")
  func sealing() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let file = try workshop.url(workshop.cell("mnist", 0.1), seed: 1)
      .appending(path: "record.json")
    let sealed = try Data(contentsOf: file)
    try changed(file) { $0.replacing(/\s*"resultDigest" ?: ?"[0-9a-f]{64}",/, with: "") }
    let found = Integrity(of: workshop.store)
    #expect(found.problems == [] && found.unsealed.count == 1)
    let run = try #require(found.unsealed.first)
    #expect(try workshop.store.seal(run))
    #expect(try Data(contentsOf: file) == sealed)
    #expect(Integrity(of: workshop.store).unsealed.isEmpty)
  }

  @Test("a run whose dense record is gone is named")
  func orphan() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let dense = workshop.store.root.appending(path: "dense/lenet5-caffe-mnist")
    try FileManager.default.removeItem(at: dense)
    let found = Integrity(of: workshop.store).problems
    #expect(found.count == 2 * 3)
    #expect(found.allSatisfy { $0.contains("dense/lenet5-caffe-mnist") })
  }
}

@Suite("Archives of results") struct ArchiveTests {
  private func archive(_ workshop: Workshop, _ name: String = "all.tar.gz") throws -> URL {
    let url = workshop.root.appending(path: name)
    _ = try ResultArchive.write(
      workshop.library.papers, of: workshop.library, from: workshop.store, to: url)
    return url
  }

  @Test(
    "an archive holds specs, records with their dense ones, and what is rendered; it checks elsewhere"
  )
  func travels() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.render()
    let url = try archive(workshop)
    let elsewhere = workshop.root.appending(path: "elsewhere")
    let unpacked = try ResultArchive.unpack(url, into: elsewhere)
    let names = try FileManager.default.subpathsOfDirectory(atPath: unpacked.root.path)
    for wanted in [
      "papers/demo/paper.yaml", "papers/demo/experiments/profile.yaml", "results/demo/report.md",
      "results/demo/tables/profile.csv", "results/demo/figures/curve.svg",
    ] { #expect(names.contains(wanted), "\(wanted)") }
    let store = RecordStore(root: unpacked.root.appending(path: "results"))
    let found = Integrity(of: store)
    #expect(found.problems == [])
    #expect(found.recordCount == 18)
    let rendering = try RenderingCheck(
      of: Library(root: unpacked.root.appending(path: "papers")), in: store, isDrawing: false,
      temporary: workshop.root.appending(path: "again"))
    #expect(rendering.problems == [] && rendering.notes == [])
    #expect(rendering.fileCount > 10)
  }

  @Test("the same files give the same archive")
  func repeatable() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let first = try Data(contentsOf: archive(workshop, "a.tar.gz"))
    #expect(try Data(contentsOf: archive(workshop, "b.tar.gz")) == first)
  }

  @Test("what was altered, added or taken away after packing is named")
  func altered() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let packed = workshop.root.appending(path: "packed")
    let root = try ResultArchive.unpack(archive(workshop), into: packed).root
    try Data("title: Other\nclaims: []\n".utf8).write(
      to: root.appending(path: "papers/demo/paper.yaml"))
    try FileManager.default.removeItem(
      at: root.appending(path: "papers/demo/experiments/profile.yaml"))
    try Data("x".utf8).write(to: root.appending(path: "results/extra.txt"))
    let again = workshop.root.appending(path: "again.tar.gz")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tar", "-czf", again.path, "-C", packed.path, root.lastPathComponent]
    try process.run()
    process.waitUntilExit()
    let error = #expect(throws: ArchiveError.self) {
      _ = try ResultArchive.unpack(again, into: workshop.root.appending(path: "there"))
    }
    #expect(
      error
        == .checksums([
          "papers/demo/experiments/profile.yaml: is missing",
          "papers/demo/paper.yaml: is not the file listed",
          "results/extra.txt: is not listed",
        ]))
  }

  @Test("something else than an archive is refused")
  func garbage() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    let url = workshop.root.appending(path: "x.tar.gz")
    try Data("no archive".utf8).write(to: url)
    #expect(throws: ArchiveError.self) {
      _ = try ResultArchive.unpack(url, into: workshop.root.appending(path: "there"))
    }
  }
}

@Suite("Renderings and their records") struct RenderingCheckTests {
  @Test("an edited table, a missing one and one of nobody are named; a drawn figure is only noted")
  func edited() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    try workshop.render()
    func check(_ name: String) throws -> RenderingCheck {
      try RenderingCheck(
        of: workshop.library, in: workshop.store, isDrawing: true,
        temporary: workshop.root.appending(path: name))
    }
    #expect(try check("one").problems == [])
    try changed(workshop.folder.appending(path: "tables/profile.md")) {
      $0.replacingOccurrences(of: "98.8", with: "99.8")
    }
    try FileManager.default.removeItem(at: workshop.folder.appending(path: "tables/densities.csv"))
    try Data("x".utf8).write(to: workshop.folder.appending(path: "tables/extra.md"))
    try changed(workshop.folder.appending(path: "figures/curve.svg")) { $0 + "<!-- x -->" }
    let found = try check("two")
    #expect(
      found.problems == [
        "demo/tables/densities.csv: is not rendered, but the records give it",
        "demo/tables/extra.md: the records do not give it",
        "demo/tables/profile.md: the records give other bytes",
      ])
    #expect(found.notes.count == 1)
  }
}

@Suite("The reviewers' checklist") struct AuditTests {
  private func outcomes(_ workshop: Workshop) throws -> [String: AuditFinding.Outcome] {
    let paper = try #require(workshop.library.papers.first)
    let findings = try Report(store: workshop.store).audit(paper)
    return Dictionary(findings.map { ($0.item, $0.outcome) }) { first, _ in first }
  }

  @Test("an experiment that only projects fails where it shows too little")
  func poor() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let found = try outcomes(workshop)
    #expect(found["three pairs of network and data set"] == .fail)
    #expect(found["five operating points"] == .fail)
    #expect(found["size and arithmetic"] == .fail)
    #expect(found["controls"] == .notApplicable)
    #expect(found["three seeds and intervals"] == .pass)
    #expect(found["test images met once"] == .pass)
    #expect(found["accuracy before compression"] == .pass)
  }

  @Test("a missing seed and a history of test numbers fail")
  func worse() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    let run = try workshop.cell("mnist", 0.1)
    try FileManager.default.removeItem(at: workshop.url(run, seed: 3))
    try Data("step,metric,value\n1,test-accuracy,99\n".utf8).write(
      to: workshop.url(run, seed: 1).appending(path: "history.csv"))
    let found = try outcomes(workshop)
    #expect(found["three seeds and intervals"] == .fail)
    #expect(found["test images met once"] == .fail)
  }
}

@Suite("Differences of runs") struct DifferenceTests {
  @Test("text, Markdown and JSON name what differs, and say where nothing does")
  func forms() throws {
    let workshop = try Workshop()
    defer { workshop.remove() }
    try workshop.fill()
    func stored(_ density: Double) throws -> StoredRun {
      try #require(try RecordStore.load(workshop.url(workshop.cell("mnist", density), seed: 1)))
    }
    let difference = RunDifference(try stored(0.5), try stored(0.1))
    #expect(difference.text.contains("prune.density: 0.5 → 0.1"))
    #expect(difference.text.contains("environment:\n  the same\n"))
    let markdown = difference.markdown(from: "a", to: "b")
    #expect(markdown.hasPrefix("# a against b\n"))
    #expect(markdown.contains("prune.density | 0.5 | 0.1 |"))
    #expect(markdown.contains("## environment\n\nThe same.\n"))
    let json = try CanonicalJSON.decode(JSONValue.self, from: Data(try difference.json.utf8))
    guard case .array(let sections) = json else {
      Issue.record("no list: \(json)")
      return
    }
    #expect(sections.count == 5)
    let same = RunDifference(try stored(0.5), try stored(0.5))
    #expect(same.sections.allSatisfy { $0.differences.isEmpty })
  }
}
