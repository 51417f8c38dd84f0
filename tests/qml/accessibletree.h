#pragma once

#include <QAccessible>
#include <QString>

namespace boxgate::test {

/// The visible accessible object with this role and name, at or below root; null when there is none.
inline QAccessibleInterface *findAccessible(QAccessibleInterface *root, QAccessible::Role role,
                                            const QString &name)
{
    if (!root || root->state().invisible)
        return nullptr;
    if (root->role() == role && root->text(QAccessible::Name) == name)
        return root;
    for (int i = 0; i < root->childCount(); ++i) {
        if (QAccessibleInterface *found = findAccessible(root->child(i), role, name))
            return found;
    }
    return nullptr;
}

} // namespace boxgate::test
