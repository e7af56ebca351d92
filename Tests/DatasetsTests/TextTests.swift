// Texts: words are numbered by their first occurrence, lines end, and the published texts have the known sizes.

import Datasets
import Files
import Foundation
import Reproducibility
import TestSupport
import Testing

private func catalog(
  _ files: [String: String], names: [String: String] = [:], in folder: URL,
  reader: any TextReader
) throws -> DatasetCatalog {
  for (name, text) in files {
    try DurableFile.replace(
      Data(text.utf8), at: folder.appendingPathComponent("text/\(names[name] ?? name)"))
  }
  let entry = DatasetEntry(
    name: "text", summary: "", folders: ["text"],
    files: files.keys.sorted().map {
      DatasetFile(
        $0, digest: Digest(of: files[$0] ?? "").hexadecimal,
        aliases: names[$0].map { [$0] } ?? [])
    },
    splits: [DatasetSplit("official", training: files.keys.sorted(), test: [])],
    content: .text(reader: reader, words: 3), sources: [], licence: "", command: "")
  return DatasetCatalog(searchRoots: [folder], entries: [entry])
}

private let words = WordFileReader(training: "t", validation: "v", test: "s")

@Suite("Texts") struct TextTests {
  @Test("white space separates words, every line ends, and words are numbered as they come")
  func wordFiles() throws {
    try withTemporaryFolder { folder throws in
      let set = try catalog(
        // Before the last word of the test text a mark stands alone, and its ç is written in two parts.
        ["t": " \n a  b\ta \n\nç <unk> b", "v": "b a\n", "s": "\nb unseen ç \u{301} c\u{327}\n"],
        names: ["t": "wiki.t.tokens"], in: folder, reader: words
      ).loadText("text")
      let text = set.text
      #expect(text.vocabulary.words == ["<eos>", "a", "b", "ç", "<unk>"])
      #expect(text.training == [0, 1, 2, 1, 0, 0, 3, 4, 2, 0])
      #expect(text.validation == [2, 1, 0])
      #expect(text.test == [0, 2, 4, 3, 4, 4, 0], "words of the test text alone are unknown")
      #expect(text.vocabulary.number(of: "b") == 2 && text.vocabulary.number(of: "x") == nil)
      #expect(text.vocabulary.unknownNumber == 4 && text.vocabulary.count == 5)
      #expect(set.checksums.keys.sorted() == ["s", "t", "v"])
    }
  }

  @Test("wrong texts are errors with their line")
  func wrongWordFiles() throws {
    try withTemporaryFolder { folder throws in
      func error(_ files: [String: String]) throws -> DatasetError? {
        let catalog = try catalog(files, in: folder, reader: words)
        return #expect(throws: DatasetError.self) { try catalog.loadText("text") }
      }
      func path(_ name: String) -> String { folder.appendingPathComponent("text/\(name)").path }
      #expect(
        try error(["t": "a b\n", "v": "a\nb\nb c\n", "s": "a\n"])
          == .unknownWord(file: path("v"), line: 3, word: "c"))
      #expect(
        try error(["t": "a b\n", "v": "\n \n", "s": "a\n"])
          == .wrongLine(file: path("v"), line: 1, expected: "words, and the file has none"))
      #expect(
        try error(["t": "", "v": "a", "s": "a\n"])
          == .wrongLine(file: path("t"), line: 1, expected: "words, and the file has none"))
      let good = try catalog(["t": "a\n", "v": "a\n", "s": "a\n"], in: folder, reader: words)
      try DurableFile.replace(Data([0x61, 0x0a, 0xff, 0x0a]), at: URL(fileURLWithPath: path("t")))
      #expect(
        throws: DatasetError.wrongLine(file: path("t"), line: 2, expected: "text in UTF-8")
      ) { try good.loadText("text") }
      try DurableFile.replace(Data("b\n".utf8), at: URL(fileURLWithPath: path("t")))
      #expect(throws: DatasetError.self) { try good.checksums(of: "text") }
    }
  }

  @Test("verses become words and punctuation, rare words unknown, nine tenths for learning")
  func verses() throws {
    try withTemporaryFolder { folder throws in
      var lines = ["A title: with words."]
      lines += (1...18).map { "Ge1:\($0) God's word, his sons' thee-ward sin--; good: Yea!" }
      lines += ["1Sm2:1 Rare word", "Rev22:21 Amen. (Even)"]
      let set = try catalog(
        ["b": lines.joined(separator: "\n") + "\n"], in: folder,
        reader: VerseReader(file: "b", minimumCount: 3)
      ).loadText("text").text
      let verse = [
        "God's", "word", ",", "his", "sons", "'", "thee-ward", "sin", "-", "-", ";", "good", ":",
        "Yea", "!", "<eos>",
      ]
      #expect(set.training.map { set.vocabulary.words[Int($0)] } == (0..<18).flatMap { _ in verse })
      #expect(set.validation.map { set.vocabulary.words[Int($0)] } == ["<unk>", "word", "<eos>"])
      #expect(
        set.test.map { set.vocabulary.words[Int($0)] }
          == ["<unk>", "<unk>", "<unk>", "<unk>", "<unk>", "<eos>"])
    }
  }

  @Test(
    "a line that is no verse is named",
    arguments: ["Ge1:1", "Ge1 In", "Ge:1 In", "11:1 In", "Ge1:a In", "In the", "", "Ge1:1  "])
  func wrongVerse(line: String) throws {
    try withTemporaryFolder { folder throws in
      let catalog = try catalog(
        ["b": "title\nGe1:1 In\n\(line)\nGe1:3 And\n"], in: folder,
        reader: VerseReader(file: "b", minimumCount: 1))
      #expect(
        throws: DatasetError.wrongLine(
          file: folder.appendingPathComponent("text/b").path, line: 3,
          expected: "a verse behind its place, such as ‘Ge1:1 In’")
      ) { try catalog.loadText("text") }
    }
  }

  // MARK: - Minibatches

  @Test("columns go on from batch to batch, and every word but the first of each is a target once")
  func tokenBatches() {
    for (tokenCount, columns, steps) in [
      (23, 2, 3), (40, 4, 5), (7, 7, 2), (100, 3, 33), (9, 1, 8),
    ] {
      let tokens = (0..<tokenCount).map { Int32($0) }
      let batches = TokenBatches(tokens, columns: columns, steps: steps)
      let length = tokenCount / columns
      #expect(batches.columnLength == length)
      #expect(batches.targetCount == columns * (length - 1))
      var inputs = [[Int32]](repeating: [], count: columns)
      var targets = inputs
      var batch = TokenBatch()
      for number in 0..<batches.count {
        batches.fill(&batch, at: number)
        #expect(batch.columns == columns && batch.inputs.count == batch.steps * columns)
        #expect(batch.steps == steps || number == batches.count - 1)
        #expect((1...steps).contains(batch.steps))
        for place in batch.inputs.indices {
          inputs[place % columns].append(batch.inputs[place])
          targets[place % columns].append(batch.targets[place])
        }
      }
      for column in 0..<columns {
        let text = Array(tokens[column * length..<(column + 1) * length])
        #expect(inputs[column] == Array(text.dropLast()), "\(tokenCount), \(columns), \(steps)")
        #expect(targets[column] == Array(text.dropFirst()))
      }
    }
  }

  @Test("a minibatch is a function of its number, whatever came before")
  func tokenBatchPurity() {
    let tokens = randomBytes(1000, seed: 8).map { Int32($0) }
    let batches = TokenBatches(tokens, columns: 8, steps: 10)
    var reused = TokenBatch()
    for number in [12, 0, 5, 5, 12, 3] {
      batches.fill(&reused, at: number)
      var fresh = TokenBatch()
      batches.fill(&fresh, at: number)
      #expect(reused == fresh)
    }
    #expect(batches.count == 13 && reused.steps == 10)
    batches.fill(&reused, at: 12)
    #expect(reused.steps == 4)
  }

  @Test("a text that is too short has no minibatches, and asking for one is a programming error")
  func tooShort() async {
    for count in [0, 1, 2, 3] {
      #expect(
        TokenBatches([Int32](repeating: 0, count: count), columns: 2, steps: 5).count == 0)
    }
    #expect(TokenBatches([0, 1, 2, 3], columns: 2, steps: 5).count == 1)
    await #expect(processExitsWith: .failure) {
      var batch = TokenBatch()
      TokenBatches([0, 1, 2, 3], columns: 2, steps: 5).fill(&batch, at: 1)
    }
  }

  @Test("a vocabulary with a word twice, or a number beyond it, is a programming error")
  func invalid() async {
    await #expect(processExitsWith: .failure) { _ = Vocabulary(["a", "b", "a"]) }
    await #expect(processExitsWith: .failure) {
      _ = TextSet(
        name: "x", vocabulary: Vocabulary(["a"]), training: [0, 1], validation: [], test: [])
    }
  }
}

private let standard = DatasetCatalog.standard(
  environment: ProcessInfo.processInfo.environment,
  workingDirectory: FileManager.default.temporaryDirectory)

private func isUsable(_ name: String) -> Bool {
  (try? standard.status(of: name).isUsable) ?? false
}

@Suite("The published texts") struct PublishedTextTests {
  @Test(
    "WikiText-2 has 33,278 words",
    .enabled(if: isUsable("wikitext2"), "WikiText-2 is not on this machine"))
  func wikiText2() throws {
    let text = try standard.loadText("wikitext2").text
    #expect(text.vocabulary.count == DatasetEntry.wikiText2.classCount)
    #expect(text.vocabulary.count == 33_278)
    #expect(text.training.count == 2_088_628)
    #expect(text.validation.count == 217_646 && text.test.count == 245_569)
    let beginning = text.training.prefix(7).map { text.vocabulary.words[Int($0)] }
    #expect(beginning == ["<eos>", "=", "Valkyria", "Chronicles", "III", "=", "<eos>"])
  }

  @Test(
    "Debian's Bible has the sizes that the catalogue says",
    .enabled(if: isUsable("bible-kjv"), "bible-kjv-text is not on this machine"))
  func bible() throws {
    let text = try standard.loadText("bible-kjv").text
    #expect(text.vocabulary.count == DatasetEntry.kingJamesBible.classCount)
    #expect(text.vocabulary.count == 6885)
    #expect(text.training.count == 859_536)
    #expect(text.validation.count == 40_486 && text.test.count == 44_686)
    let beginning = text.training.prefix(12).map { text.vocabulary.words[Int($0)] }
    #expect(
      beginning == [
        "In", "the", "beginning", "God", "created", "the", "heaven", "and", "the", "earth", ".",
        "<eos>",
      ])
    let unknown = try #require(text.vocabulary.unknownNumber)
    #expect(text.training.contains(unknown) && text.test.contains(unknown))
  }
}
