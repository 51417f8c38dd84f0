#pragma once

#include <QDebug>
#include <QString>

namespace boxgate {

/// What kind of failure it is, for code that must tell failures apart. People read the message.
enum class ErrorCode
{
    InvalidArgument, ///< what the user or a caller gave cannot be used
    NotFound, ///< the named box, image, file or program does not exist
    AlreadyExists, ///< the name, port or file is taken
    Conflict, ///< the box is in a state in which this cannot be done
    Denied, ///< the system or a registry refuses
    Unavailable, ///< something needed is missing or does not answer: QEMU, kernel, runner, registry
    Timeout, ///< no answer in time
    Cancelled, ///< the user or a shutdown ended it
    Protocol, ///< the other side broke the protocol; the connection is unusable
    Corrupt, ///< stored data is damaged
    NewerVersion, ///< stored data was written by a newer Boxgate
    DiskFull, ///< no space is left
    Io, ///< any other failure of the system
    Internal ///< a defect of Boxgate
};

/// One failure. The message is one sentence without a full stop that a user can act on, such as
/// "There is no box named web: 'boxgate ps -a' lists the boxes". The detail is for the log: raw output,
/// errno, paths.
struct Error
{
    ErrorCode code = ErrorCode::Internal;
    QString message;
    QString detail;

    /// The same failure seen from one layer further out: "context: message".
    Error in(const QString &context) const;

    /// A failed system call: message plus the text of errnum.
    /// The code follows errnum: ENOENT NotFound, EACCES and EPERM Denied, ENOSPC and EDQUOT DiskFull, else
    /// Io.
    static Error fromErrno(int errnum, const QString &message);

    bool operator==(const Error &) const = default;
};

/// The stable name used in JSON and in logs: "not-found".
QString toString(ErrorCode code);
/// The reverse of toString(); Internal for an unknown name.
ErrorCode errorCodeFromString(const QString &name);

QDebug operator<<(QDebug debug, const Error &error);

} // namespace boxgate
