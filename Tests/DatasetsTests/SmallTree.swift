// A small tree of PNG files, for the tests of images in folders.

import Datasets
import Files
import Foundation

/// Two classes of 9 × 9 pixels.
let smallFormat = ImageTreeFormat(classCount: 2, geometry: ImageGeometry(resize: 12, size: 9))

/// A picture of random pixels.
func randomPicture(_ height: Int, _ width: Int, channels: Int = 3, seed: UInt64) -> Bitmap {
  Bitmap(
    width: width, height: height, channels: channels,
    pixels: randomBytes(height * width * channels, seed: seed))
}

/// Two classes with two and three training images and a test image each; the names do not sort like the numbers in them.
struct SmallTree {
  var files: [String: Data]

  init() throws {
    files = [
      "train/b/2.png": try randomPicture(20, 30, seed: 1).encoded(),
      "train/b/10.PNG": try randomPicture(31, 13, channels: 1, seed: 2).encoded(),
      "train/a/x.png": try randomPicture(12, 12, seed: 3).encoded(),
      "train/a/z.png": try randomPicture(5, 7, seed: 4).encoded(),
      "train/a/y.png": try randomPicture(9, 40, seed: 5).encoded(),
      "val/a/1.png": try randomPicture(16, 16, seed: 6).encoded(),
      "val/b/1.png": try randomPicture(16, 17, seed: 7).encoded(),
      ".hidden": Data(), "train/.hidden": Data(), "train/a/.hidden": Data(),
    ]
  }

  func write(to folder: URL) throws {
    for (name, data) in files {
      try DurableFile.replace(data, at: folder.appendingPathComponent("tree/\(name)"))
    }
  }
}

/// The images of the tree below `root`.
func loadTree(_ root: URL, _ format: ImageTreeFormat = smallFormat) throws(DatasetError) -> Dataset
{
  try DatasetCatalog(searchRoots: [root], entries: []).load(.imageFolder("tree", format: format))
}
