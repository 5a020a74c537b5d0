import { declareErrors } from "../errors.ts";

export const backupError = declareErrors("backup", {
  damaged: ["VALIDATION", "The backup is damaged"],
  incomplete: ["VALIDATION", "The file did not arrive whole"],
  otherMigration: ["CONFLICT", "The backup is of another version"],
  otherKey: [
    "CONFLICT",
    "The secrets of the backup were sealed with another ENCRYPTION_KEY; give this installation that key first",
  ],
  notEmpty: ["CONFLICT", "The backup would replace {found}; allow it with replace"],
  restoring: ["CONFLICT", "Another backup is being restored"],
  busy: ["UNAVAILABLE", "The database is busy"],
  noRoom: ["UNAVAILABLE", "There is no room in DATA_DIR for the backup"],
});
