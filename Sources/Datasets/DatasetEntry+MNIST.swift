// MNIST and Fashion-MNIST: four packed IDX files each.

import Tensors

extension DatasetEntry {
  /// MNIST: handwritten digits.
  public static let mnist = DatasetEntry(
    name: "mnist",
    summary: "handwritten digits, 60,000 training and 10,000 test images, 28 × 28 grey",
    folders: ["mnist", "MNIST/raw"],
    files: [
      DatasetFile(
        "train-images-idx3-ubyte",
        digest: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        packed: ["440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"]),
      DatasetFile(
        "train-labels-idx1-ubyte",
        digest: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        packed: ["3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"]),
      DatasetFile(
        "t10k-images-idx3-ubyte",
        digest: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        packed: ["8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"]),
      DatasetFile(
        "t10k-labels-idx1-ubyte",
        digest: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        packed: ["f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"]),
    ],
    splits: [.mnist],
    content: .images(
      shape: [28, 28, 1], classNames: (0..<10).map { "\($0)" }, reader: IDXReader.mnistNames),
    sources: [
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    licence: "usually given as CC BY-SA 3.0",
    command: fetchCommand(folder: "mnist", from: "https://ossci-datasets.s3.amazonaws.com/mnist/"))

  /// Fashion-MNIST: pictures of clothes.
  public static let fashionMNIST = DatasetEntry(
    name: "fashion-mnist",
    summary: "pictures of clothes, 60,000 training and 10,000 test images, 28 × 28 grey",
    folders: ["fashion-mnist", "FashionMNIST/raw"],
    // The packed digests are those of Debian's package.
    files: [
      DatasetFile(
        "train-images-idx3-ubyte",
        digest: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        packed: ["b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7"]),
      DatasetFile(
        "train-labels-idx1-ubyte",
        digest: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        packed: ["0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056"]),
      DatasetFile(
        "t10k-images-idx3-ubyte",
        digest: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        packed: ["cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa"]),
      DatasetFile(
        "t10k-labels-idx1-ubyte",
        digest: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        packed: ["8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05"]),
    ],
    splits: [.mnist],
    content: .images(
      shape: [28, 28, 1],
      classNames: [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
      ],
      reader: IDXReader.mnistNames),
    sources: [
      "https://github.com/zalandoresearch/fashion-mnist",
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ],
    licence: "MIT",
    command: "sudo apt-get install dataset-fashion-mnist  # or, without apt: "
      + fetchCommand(
        folder: "fashion-mnist",
        from: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"))

  private static func fetchCommand(folder: String, from address: String) -> String {
    let names = IDXReader.mnistNames
    let files = [names.trainingImages, names.trainingLabels, names.testImages, names.testLabels]
    let list = files.joined(separator: " ")
    return "mkdir -p data/\(folder) && for f in \(list); do "
      + "curl -fL -o data/\(folder)/$f.gz \(address)$f.gz; done"
  }
}

extension DatasetSplit {
  /// The split of MNIST and the sets that were made in its form.
  fileprivate static let mnist = DatasetSplit(
    officialName,
    training: [IDXReader.mnistNames.trainingImages, IDXReader.mnistNames.trainingLabels],
    test: [IDXReader.mnistNames.testImages, IDXReader.mnistNames.testLabels],
    trainingCount: 60_000)
}
