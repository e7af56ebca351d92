// Texts for language models: WikiText-2, and the King James Bible that Debian has as a package.

extension DatasetEntry {
  /// WikiText-2: articles of the English Wikipedia, with words that occur less than three times replaced by `<unk>`.
  ///
  /// The digests are those of the files with the short names, as many projects check them; under the names of the first
  /// archive the same contents are expected.
  public static let wikiText2 = DatasetEntry(
    name: "wikitext2",
    summary: "articles of Wikipedia, 2,088,628 words to learn from, 33,278 different ones",
    folders: ["wikitext-2"],
    files: [
      DatasetFile(
        "train.txt", digest: "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f",
        aliases: ["wiki.train.tokens"]),
      DatasetFile(
        "valid.txt", digest: "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
        aliases: ["wiki.valid.tokens"]),
      DatasetFile(
        "test.txt", digest: "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
        aliases: ["wiki.test.tokens"]),
    ],
    splits: [
      DatasetSplit(
        DatasetSplit.officialName, training: ["train.txt", "valid.txt"], test: ["test.txt"],
        trainingCount: 2_088_628)
    ],
    content: .text(
      reader: WordFileReader(training: "train.txt", validation: "valid.txt", test: "test.txt"),
      words: 33_278),
    sources: [
      "https://github.com/pytorch/examples/tree/main/word_language_model/data/wikitext-2",
      "https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-2-v1.zip",
    ],
    licence: "CC BY-SA 3.0",
    command: "mkdir -p data/wikitext-2 && for f in train valid test; do "
      + "curl -fL -o data/wikitext-2/$f.txt https://raw.githubusercontent.com/pytorch/examples/"
      + "main/word_language_model/data/wikitext-2/$f.txt; done")

  /// The King James Bible of Debian's package: the text for language models that needs no download.
  ///
  /// The package's file packs the text in a form of its own; digest and contents are those of the text. Words that occur less
  /// than three times in the training text are `<unk>`, as in WikiText.
  public static let kingJamesBible = DatasetEntry(
    name: "bible-kjv",
    summary: "the King James Bible, 859,536 words to learn from, 6,885 different ones",
    folders: ["bible-kjv"], systemFolders: ["/usr/lib"],
    files: [
      DatasetFile(
        "bible.data", digest: "e53aaf0af1e58f259e35d0d9f7ca1bbe154fd77bb95471279b37b34d3c397a98",
        packed: ["6c746c2acc8a34bfded980883ff1701a5d68934a1c853ebf88a07b978fe0ae0e"])
    ],
    splits: [
      DatasetSplit(
        DatasetSplit.officialName, training: ["bible.data"], test: ["bible.data"],
        trainingCount: 859_536)
    ],
    content: .text(reader: VerseReader(file: "bible.data", minimumCount: 3), words: 6_885),
    sources: ["https://packages.debian.org/stable/bible-kjv-text"],
    licence:
      "the text is in the public domain; the package's files may be used without restriction",
    command: "sudo apt-get install bible-kjv-text")
}
