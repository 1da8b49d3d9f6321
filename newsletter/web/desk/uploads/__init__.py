"""Files of readers that come in at the desk: kept on disk, looked through, taken in, and taken back.

    upload | shelf (a folder for each) | look (dry run) | the editor's yes | take

The work is done in a thread of the web process, one file at a time, and its progress is written beside the file.
So it goes on when the browser is closed, and every page made meanwhile tells how far it is. A process that ends
leaves a file whose work stands still: it is said to have been cut off, and is started again, which adds nothing
twice.
"""
