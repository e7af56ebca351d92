# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[15]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,1440 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,461 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,12.19cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set label '' at screen 0.24231,0.97703 point ls 201
set label words[1] at screen 0.27138,0.97703 left tc rgb '#0072B2'
set label '' at screen 0.50128,0.97703 point ls 202
set label words[2] at screen 0.53035,0.97703 left tc rgb '#B04A00'
set lmargin at screen 0.17550
set rmargin at screen 0.95349
set bmargin at screen 0.66448
set tmargin at screen 0.93519
unset logscale x
set xrange [0.5:4.5]
set xtics ('' 1, '' 2, '' 3, '' 4)
set xlabel ''
set xtics norotate
set arrow 1001 from first 1.5,graph 0 to first 1.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1002 from first 2.5,graph 0 to first 2.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1003 from first 3.5,graph 0 to first 3.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set logscale y
set yrange [144.9308541262011:2157.260130137274]
set ytics ('200' 200, '500' 500, '1000' 1000, '2000' 2000, '' 300 1, '' 400 1, '' 600 1, '' 700 1, '' 800 1, '' 900 1)
set label 1001 words[3] at screen 0.03488,0.79984 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside(bar($3,$4,144.9308541262011,2157.260130137274),144.9308541262011,2157.260130137274)):(0):(inside($4,144.9308541262011,2157.260130137274)-inside($3,144.9308541262011,2157.260130137274)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside(bar($3,$4,144.9308541262011,2157.260130137274),144.9308541262011,2157.260130137274)):(0):(inside($4,144.9308541262011,2157.260130137274)-inside($3,144.9308541262011,2157.260130137274)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 1 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle
unset label 1001
unset arrow 1001
unset arrow 1002
unset arrow 1003
unset label
unset arrow
set lmargin at screen 0.17550
set rmargin at screen 0.95349
set bmargin at screen 0.35685
set tmargin at screen 0.62756
unset logscale x
set xrange [0.5:4.5]
set xtics ('' 1, '' 2, '' 3, '' 4)
set xlabel ''
set xtics norotate
set arrow 1001 from first 1.5,graph 0 to first 1.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1002 from first 2.5,graph 0 to first 2.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1003 from first 3.5,graph 0 to first 3.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set logscale y
set yrange [0.13525932199551782:80.62986993524305]
set ytics ('0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2, '5' 5, '10' 10, '20' 20, '50' 50, '' 0.3 1, '' 0.4 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 3 1, '' 4 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 30 1, '' 40 1, '' 60 1, '' 70 1, '' 80 1)
set label 1001 words[4] at screen 0.03488,0.49221 center rotate by 90
plot stem.'.dat' index 3 using 1:(inside(bar($3,$4,0.13525932199551782,80.62986993524305),0.13525932199551782,80.62986993524305)):(0):(inside($4,0.13525932199551782,80.62986993524305)-inside($3,0.13525932199551782,80.62986993524305)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 4 using 1:(inside(bar($3,$4,0.13525932199551782,80.62986993524305),0.13525932199551782,80.62986993524305)):(0):(inside($4,0.13525932199551782,80.62986993524305)-inside($3,0.13525932199551782,80.62986993524305)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 3 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 4 using 1:2 with points ls 202 notitle
unset label 1001
unset arrow 1001
unset arrow 1002
unset arrow 1003
set lmargin at screen 0.17550
set rmargin at screen 0.95349
set bmargin at screen 0.04922
set tmargin at screen 0.31993
unset logscale x
set xrange [0.5:4.5]
set xtics (words[5] 1, words[6] 2, words[7] 3, words[8] 4)
set xlabel ''
set xtics norotate
set arrow 1001 from first 1.5,graph 0 to first 1.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1002 from first 2.5,graph 0 to first 2.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
set arrow 1003 from first 3.5,graph 0 to first 3.5,graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5
unset logscale y
set yrange [0:5.25]
set ytics ('0' 0, '1' 1, '2' 2, '3' 3, '4' 4, '5' 5)
set label 1001 words[9] at screen 0.03488,0.18458 center rotate by 90
plot stem.'.dat' index 5 using 1:(inside(bar($3,$4,0,5.25),0,5.25)):(0):(inside($4,0,5.25)-inside($3,0,5.25)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 6 using 1:(inside(bar($3,$4,0,5.25),0,5.25)):(0):(inside($4,0,5.25)-inside($3,0,5.25)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 5 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 6 using 1:2 with points ls 202 notitle
unset label 1001
unset arrow 1001
unset arrow 1002
unset arrow 1003
unset multiplot
unset output
}
