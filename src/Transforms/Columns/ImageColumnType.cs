using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.VisionLanguage.Columns;

/// <summary>
/// Images of any size as a column of a custom mapping's classes. ML.NET's own attribute for that cannot be registered, so the type is,
/// which ML.NET must know before it looks at such a class: when a chain is built, and when a model is loaded.
/// </summary>
internal static class ImageColumnType
{
    /// <summary>Saying it again does nothing.</summary>
    public static void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage));
}
