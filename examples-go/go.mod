module signet

go 1.25
