using ClaudeManage.ServiceDefaults.Auth;

namespace ClaudeManage.Town;

/// <summary>
/// One town per data directory. The lock is held by the open file, so it ends with the process whatever happens to it;
/// <c>town.pid</c> only tells people who holds it.
/// </summary>
public sealed class DataDirectoryLock : IDisposable
{
    readonly FileStream _lock;
    readonly string _root;

    DataDirectoryLock(FileStream @lock, string root)
    {
        _lock = @lock;
        _root = root;
        File.WriteAllText(PidFile(root), $"{Environment.ProcessId}\n");
    }

    static string PidFile(string root) => Path.Combine(root, "town.pid");

    static string UrlFile(string root) => Path.Combine(root, "town.url");

    /// <summary>Takes the directory.</summary>
    /// <exception cref="TownStartException">It is taken, or cannot be written; the message says what to do.</exception>
    public static DataDirectoryLock Take(string root)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(root);
            else Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TownStartException($"The data directory {root} cannot be made: {e.Message} Choose another with --data, or make it writable.");
        }
        try
        {
            var stream = new FileStream(Path.Combine(root, "town.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try { return new DataDirectoryLock(stream, root); }
            catch { stream.Dispose(); throw; }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new TownStartException($"The data directory {root} cannot be written: {e.Message} Make it yours, or choose another with --data.");
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) is 28 or 30)
        {
            throw new TownStartException($"The data directory {root} cannot be written: {e.Message} Free space there, or choose another with --data.");
        }
        catch (IOException)
        {
            var pid = File.Exists(PidFile(root)) ? File.ReadAllText(PidFile(root)).Trim() : "unknown";
            throw new TownStartException($"A town already runs on {root} (pid {pid}). Use it, stop it with `cm down --data {root}`, or choose another directory with --data.");
        }
    }

    /// <summary>Tells where the town listens; whoever looks for the file finds it whole.</summary>
    public void Announce(Uri url) => PrivateFile.Write(UrlFile(_root), url.ToString().TrimEnd('/') + "\n");

    /// <summary>Gives the directory back.</summary>
    public void Dispose()
    {
        File.Delete(UrlFile(_root));
        File.Delete(PidFile(_root));
        _lock.Dispose();
    }
}

/// <summary>The town cannot start; the message is for a person.</summary>
public sealed class TownStartException(string message) : Exception(message);
