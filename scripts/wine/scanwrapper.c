/* Stands for a client's scan tool: writes what ScanWrapper.exe of SMS 2003 logs of
   a scan that went well, and what its own command line was. */
#include <windows.h>
#include <stdio.h>

static FILE *out;

static void say(const char *text) {
    SYSTEMTIME t;
    GetSystemTime(&t);
    fprintf(out,
            "<![LOG[%s]LOG]!><time=\"%02d:%02d:%02d.%03d+000\" date=\"%02d-%02d-%04d\" component=\"ScanWrapper\" "
            "context=\"\" type=\"1\" thread=\"%lu\" file=\"scanwrapper.c\">\r\n",
            text, t.wHour, t.wMinute, t.wSecond, t.wMilliseconds, t.wMonth, t.wDay, t.wYear, GetCurrentThreadId());
    fflush(out);
}

int main(void) {
    char line[1024];
    out = fopen("C:\\windows\\system32\\CCM\\Logs\\ScanWrapper.log", "ab");
    if (!out)
        return 1;
    say("Software Updates Scan Tool Started");
    snprintf(line, sizeof line, "Command line: %s", GetCommandLineA());
    say(line);
    puts("the scan tool runs");
    fflush(stdout);
    Sleep(300);
    say("Scan completed successfully");
    return 0;
}
